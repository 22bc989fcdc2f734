// jax-js, with the whole step in one `jit`: its fast path.
import * as jax from "@jax-js/jax";
import {
  EPSILON,
  MOMENTUM,
  RATE,
  SIDE,
  STRIDES,
  TEMPERATURE,
  masks,
  named,
} from "./workload.mjs";

const { numpy: np, lax, nn, tree } = jax;

// Operations take their arguments away; `ref` keeps one for another use.
const normRelu = (x, gain, shift, axes) => {
  const shape =
    axes.length === 3 ? [1, gain.shape[0], 1, 1] : [1, gain.shape[0]];
  const centred = x.ref.sub(np.mean(x, axes, { keepdims: true }));
  const variance = np.mean(np.square(centred.ref), axes, { keepdims: true });
  const scale = np.reciprocal(np.sqrt(variance.add(EPSILON)));
  const normal = centred.mul(scale).mul(gain.reshape(shape));
  return nn.relu(normal.add(shift.reshape(shape)));
};

const embed = (w, view) => {
  let x = view.sub(0.5).div(0.25);
  for (const [i, stride] of STRIDES.entries()) {
    const padding = [
      [1, 1],
      [1, 1],
    ];
    x = lax.convGeneralDilated(x, w[`conv${i}`].ref, [stride, stride], padding);
    x = normRelu(x, w[`gain${i}`].ref, w[`shift${i}`].ref, [0, 2, 3]);
  }
  const h = np.mean(x, [2, 3]);
  const inner = np.matmul(h, w.inner.ref);
  const active = normRelu(inner, w.gain4.ref, w.shift4.ref, [0]);
  return np.matmul(active, w.outer.ref).add(w.bias.ref);
};

const loss = (w, a, b, selves, partners) => {
  const z = np.concatenate([embed(w, a), embed(w, b)], 0);
  tree.dispose(w);
  const count = z.shape[0];
  const length = np.sqrt(np.sum(np.square(z.ref), 1, { keepdims: true }));
  const unit = z.div(np.maximum(length, 1e-12));
  const cosines = np.matmul(unit.ref, np.transpose(unit));
  const scores = cosines.div(TEMPERATURE).add(selves);
  return np.sum(nn.logSoftmax(scores, 1).mul(partners)).mul(-1 / count);
};

const train = (weights, velocities, ...given) => {
  const [value, slopes] = jax.valueAndGrad(loss)(tree.ref(weights), ...given);
  const [w, v] = [{}, {}];
  for (const name of Object.keys(weights)) {
    v[name] = velocities[name].mul(MOMENTUM).add(slopes[name]);
    w[name] = weights[name].sub(v[name].ref.mul(RATE));
  }
  return [value, w, v];
};

export default async function (backend, tensors, images) {
  const devices = [await jax.init(backend)].flat();
  if (!devices.includes(backend)) throw new Error(`it has only ${devices}`);
  jax.defaultDevice(backend);
  const array = (values, shape) => np.array(values, { shape, device: backend });

  let [weights, velocities] = [{}, {}];
  for (const [name, { shape, values }] of Object.entries(named(tensors))) {
    weights[name] = array(values, shape);
    velocities[name] = array(new Float32Array(values.length), shape);
  }
  const views = tensors.get("views");
  const half = views.length / 2;
  const [a, b] = [0, half].map((from) =>
    array(views.slice(from, from + half), [images, 3, SIDE, SIDE]),
  );
  const count = 2 * images;
  const { self, partner } = masks(count);
  const [selves, partners] = [self, partner].map((mask) =>
    array(mask, [count, count]),
  );
  const step = jax.jit(train);

  return {
    about: {},
    async step(wait) {
      const given = [a.ref, b.ref, selves.ref, partners.ref];
      let value;
      [value, weights, velocities] = step(weights, velocities, ...given);
      if (wait) return (await value.data())[0];
      value.dispose();
      return null;
    },
  };
}
