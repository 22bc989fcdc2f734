// The workload simclr-step-v1, as every peer computes it. torch_peer.py says the same again.
//
// Two views of 32 images of 32 x 32, each passed through the network by itself, as SimCLR here
// does: images less 0.5 over 0.25; four 3 x 3 convolutions to 32, 64, 128, 256 channels, without
// bias, each with batch norm and ReLU; the mean over space; 256-256-128 with batch norm and ReLU
// between; NT-Xent; SGD with momentum. Running statistics of batch norm are left out by the peers
// in the browser, which is to their favour.

export const STRIDES = [1, 2, 2, 2];
export const CHANNELS = [3, 32, 64, 128, 256];
export const SIDE = 32;
export const HIDDEN = 256;
export const LATENT = 128;
export const TEMPERATURE = 0.5;
export const RATE = 0.05;
export const MOMENTUM = 0.9;
export const EPSILON = 1e-5;

/** Our settings for it. */
export const settings = (backend, images) => ({
  method: "simclr",
  seed: 1,
  backend,
  size: SIDE,
  encoder: { width: CHANNELS[1] },
  train: {
    batch: images,
    optimizer: "sgd",
    learningRate: RATE,
    momentum: MOMENTUM,
    weightDecay: 0,
  },
  knobs: { temperature: TEMPERATURE, latent: LATENT },
});

/** Every weight: its name in our checkpoint, and its shape there, which is PyTorch's. */
export const WEIGHTS = {
  ...Object.fromEntries(
    STRIDES.flatMap((_, i) => {
      const [from, to] = [CHANNELS[i], CHANNELS[i + 1]];
      const stage = `branch.encoder.stages.${i}`;
      return [
        [`${stage}.conv.weight`, [to, from, 3, 3]],
        [`${stage}.activation.norm.weight`, [to]],
        [`${stage}.activation.norm.bias`, [to]],
      ];
    }),
  ),
  "branch.projector.mlp.hidden.0.linear.weight": [HIDDEN, CHANNELS[4]],
  "branch.projector.mlp.hidden.0.activation.norm.weight": [HIDDEN],
  "branch.projector.mlp.hidden.0.activation.norm.bias": [HIDDEN],
  "branch.projector.mlp.last.weight": [LATENT, HIDDEN],
  "branch.projector.mlp.last.bias": [LATENT],
};

/** The weights by the names that the peers use: `conv0`, `gain0`, `shift0`, ...; linear ones are inputs by
 * outputs. */
export function named(tensors) {
  const of = (path) => ({
    shape: WEIGHTS[path],
    values: tensors.get(path),
  });
  const turned = (path) => {
    const [rows, columns] = WEIGHTS[path];
    const values = tensors.get(path);
    const across = values.map(
      (_, i) => values[(i % rows) * columns + Math.floor(i / rows)],
    );
    return { shape: [columns, rows], values: across };
  };
  const weights = {};
  for (const i of STRIDES.keys()) {
    const stage = `branch.encoder.stages.${i}`;
    weights[`conv${i}`] = of(`${stage}.conv.weight`);
    weights[`gain${i}`] = of(`${stage}.activation.norm.weight`);
    weights[`shift${i}`] = of(`${stage}.activation.norm.bias`);
  }
  const hidden = "branch.projector.mlp.hidden.0";
  weights.inner = turned(`${hidden}.linear.weight`);
  weights.gain4 = of(`${hidden}.activation.norm.weight`);
  weights.shift4 = of(`${hidden}.activation.norm.bias`);
  weights.outer = turned("branch.projector.mlp.last.weight");
  weights.bias = of("branch.projector.mlp.last.bias");
  return weights;
}

/** The two masks of NT-Xent over `count` views: itself, far below all others; and its partner. */
export function masks(count) {
  const self = new Float32Array(count * count);
  const partner = new Float32Array(count * count);
  for (let i = 0; i < count; i++) {
    self[i * count + i] = -1e9;
    partner[i * count + ((i + count / 2) % count)] = 1;
  }
  return { self, partner };
}
