// Our own learner with threads: it lives in a worker, for a page may not wait for threads.
export default async function (backend, tensors, images) {
  const worker = new Worker("/bundle/threads.js", { type: "module" });
  const ask = (question) =>
    new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => reject(new Error(event.message));
      worker.postMessage(question);
    });
  const { threads } = await ask({ images, views: tensors.get("views") });
  return {
    about: { threads },
    step: () => ask("step"),
  };
}
