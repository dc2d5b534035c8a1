// The least a Worker can do with a model's stream: forward the request, return the body unchanged.
// What Edgewise costs is measured beside this.

export default {
  fetch(request: Request, env: { UPSTREAM: string }): Promise<Response> {
    return fetch(new Request(env.UPSTREAM, request));
  },
};
