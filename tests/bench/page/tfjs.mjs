// TensorFlow.js: its core with gradients and optimisers, and one backend.
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
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

async function start(backend) {
  if (backend === "wasm") {
    const wasm = await import("@tensorflow/tfjs-backend-wasm");
    wasm.setWasmPaths("/tfjs/");
    wasm.setThreadsCount(1);
  } else {
    await import("@tensorflow/tfjs-backend-webgpu");
  }
  if (!(await tf.setBackend(backend))) throw new Error("it does not start");
  await tf.ready();
  const lacking = !tf.getKernel("Conv2DBackpropFilter", backend);
  if (lacking) addWeightGradient(backend);
  return {
    version: tf.version_core,
    patched: lacking
      ? "lacks the weight gradient of a convolution; ours, of its own operations"
      : null,
  };
}

export default async function (backend, tensors, images) {
  const about = await start(backend);
  const variables = {};
  for (const [name, { shape, values }] of Object.entries(named(tensors))) {
    const value = tf.tensor(values, shape);
    // Its convolutions want height, width, channels in, channels out.
    const laid = shape.length === 4 ? tf.transpose(value, [2, 3, 1, 0]) : value;
    variables[name] = tf.variable(laid);
  }
  const given = tf.tensor(tensors.get("views"), [2, images, 3, SIDE, SIDE]);
  const views = tf.unstack(tf.transpose(given, [0, 1, 3, 4, 2]));
  const count = 2 * images;
  const { self, partner } = masks(count);
  const [selves, partners] = [self, partner].map((mask) =>
    tf.tensor2d(mask, [count, count]),
  );

  const normRelu = (x, i) => {
    const axes = x.rank === 4 ? [0, 1, 2] : [0];
    const { mean, variance } = tf.moments(x, axes);
    const norm = x.rank === 4 ? tf.batchNorm4d : tf.batchNorm2d;
    const [gain, shift] = [variables[`gain${i}`], variables[`shift${i}`]];
    return tf.relu(norm(x, mean, variance, shift, gain, EPSILON));
  };
  const embed = (view) => {
    let x = tf.div(tf.sub(view, 0.5), 0.25);
    for (const [i, stride] of STRIDES.entries()) {
      x = normRelu(tf.conv2d(x, variables[`conv${i}`], stride, 1), i);
    }
    const h = tf.mean(x, [1, 2]);
    const inner = normRelu(tf.matMul(h, variables.inner), STRIDES.length);
    return tf.add(tf.matMul(inner, variables.outer), variables.bias);
  };
  const loss = () => {
    const z = tf.concat(views.map(embed), 0);
    const length = tf.sqrt(tf.sum(tf.square(z), 1, true));
    const unit = tf.div(z, tf.maximum(length, 1e-12));
    const cosines = tf.matMul(unit, unit, false, true);
    const scores = tf.add(tf.div(cosines, TEMPERATURE), selves);
    const right = tf.mul(tf.logSoftmax(scores, 1), partners);
    return tf.div(tf.neg(tf.sum(right)), count);
  };
  const optimizer = tf.train.momentum(RATE, MOMENTUM);

  return {
    about,
    async step(wait) {
      const value = optimizer.minimize(loss, true);
      const read = wait ? (await value.data())[0] : null;
      value.dispose();
      return read;
    },
  };
}

/** The wasm backend has no such kernel: for each tap, the shifted images times the gradient. */
function addWeightGradient(backend) {
  tf.registerKernel({
    kernelName: "Conv2DBackpropFilter",
    backendName: backend,
    kernelFunc({ inputs: { x, dy }, attrs: { strides, pad, filterShape } }) {
      const [rows, columns, from, to] = filterShape;
      const stride = Array.isArray(strides) ? strides[0] : strides;
      const [n, height, width] = dy.shape;
      return tf.tidy(() => {
        const sides = [pad, pad];
        const padded = tf.pad(x, [[0, 0], sides, sides, [0, 0]]);
        const gradient = tf.reshape(dy, [n * height * width, to]);
        const taps = [];
        for (let i = 0; i < rows; i++) {
          for (let j = 0; j < columns; j++) {
            const shifted =
              stride === 1
                ? tf.slice(padded, [0, i, j, 0], [n, height, width, from])
                : tf.stridedSlice(
                    padded,
                    [0, i, j, 0],
                    [
                      n,
                      i + stride * (height - 1) + 1,
                      j + stride * (width - 1) + 1,
                      from,
                    ],
                    [1, stride, stride, 1],
                  );
            const flat = tf.reshape(shifted, [n * height * width, from]);
            // A product with an operand still to be transposed is its slow path.
            taps.push(tf.matMul(tf.transpose(flat, [1, 0]), gradient));
          }
        }
        return tf.reshape(tf.concat(taps, 0), filterShape);
      });
    },
  });
}
