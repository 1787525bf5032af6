import { expect } from "chai";
import { socketOrigin } from "./socket-origin.ts";

describe("socket origin", () => {
  it("is where the request went", () => {
    expect(socketOrigin({ host: "127.0.0.1:8080" })).to.equal("ws://127.0.0.1:8080");
    expect(socketOrigin({ host: "[::1]:8080" })).to.equal("ws://[::1]:8080");
  });

  it("has TLS where a proxy in front has", () => {
    expect(socketOrigin({ host: "ecs.example.com", "x-forwarded-proto": "https, http" })).to.equal(
      "wss://ecs.example.com",
    );
    expect(socketOrigin({ host: "ecs.example.com", "x-forwarded-proto": "http" })).to.equal("ws://ecs.example.com");
  });

  it("is not made of what is no host", () => {
    for (const host of ["", "a/b", "user@host", "a b", "host:port"]) {
      expect(socketOrigin({ host }), host).to.equal(undefined);
    }
  });
});
