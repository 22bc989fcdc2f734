// A rejected promise in a worker stays in the worker; an error reaches the page, which replaces it.
// Import it first, in each worker.
self.addEventListener("unhandledrejection", (event) => {
  setTimeout(() => {
    throw event.reason;
  });
});
