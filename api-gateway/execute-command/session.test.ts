import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { createLogger } from "#lib/log.ts";
import { KubeError } from "#lib/kube/errors.ts";
import { WebSocket, WebSocketServer } from "ws";
import { type AgentMessage, decodeMessage, encodeMessage, newMessage } from "./agent-message.ts";
import { Session } from "./session.ts";

const log = createLogger({ level: "error", format: "text", component: "test" });
const command = { namespace: "ns", pod: "p", container: "c", argv: ["sh", "-c", "x y"] };

async function listening(): Promise<{ server: WebSocketServer; url: string }> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", handleProtocols: () => "v5.channel.k8s.io" });
  await once(server, "listening");
  return { server, url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** A user's side: acknowledges, and answers the handshake. */
class User {
  readonly socket: WebSocket;
  readonly frames: AgentMessage[] = [];
  acknowledges = true;
  #next = 0;

  constructor(url: string) {
    this.socket = new WebSocket(url);
    this.socket.on("message", (frame: Buffer) => {
      const message = decodeMessage(frame);
      this.frames.push(message);
      if (message.messageType !== "output_stream_data") return;
      if (this.acknowledges) this.#acknowledge(message.sequenceNumber);
      if (message.payloadType === 5) {
        this.send(6, JSON.stringify({ ProcessedClientActions: [{ ActionStatus: 1 }] }));
      }
    });
  }

  send(payloadType: number, text: string): void {
    const content = { sequenceNumber: this.#next++, flags: 0n, payloadType, payload: Buffer.from(text) };
    this.socket.send(encodeMessage(newMessage("input_stream_data", content)));
  }

  /** What was printed. */
  get screen(): string {
    const seen = new Map(
      this.frames
        .filter(({ messageType, payloadType }) => messageType === "output_stream_data" && payloadType === 1)
        .map(({ sequenceNumber, payload }) => [sequenceNumber, payload.toString()]),
    );
    return [...seen].map(([, text]) => text).join("");
  }

  get said(): string | undefined {
    const closed = this.frames.find(({ messageType }) => messageType === "channel_closed");
    return closed && (JSON.parse(closed.payload.toString()) as { Output: string }).Output;
  }

  #acknowledge(number: number): void {
    const payload = Buffer.from(JSON.stringify({ AcknowledgedMessageSequenceNumber: number }));
    const content = { sequenceNumber: 0, flags: 3n, payloadType: 0, payload };
    this.socket.send(encodeMessage(newMessage("acknowledge", content)));
  }
}

async function until(holds: () => boolean): Promise<void> {
  for (let left = 1_000; left > 0 && !holds(); left--) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe("session", () => {
  let gateway: { server: WebSocketServer; url: string };
  let kubernetes: { server: WebSocketServer; url: string };
  let user: User;
  let session: Session;
  let container: WebSocket;
  let path: string;
  const typed: string[] = [];
  const sizes: string[] = [];

  beforeEach(async () => {
    [gateway, kubernetes] = await Promise.all([listening(), listening()]);
    typed.length = 0;
    sizes.length = 0;
  });
  afterEach(() => {
    for (const { server } of [gateway, kubernetes]) {
      for (const client of server.clients) client.terminate();
      server.close();
    }
  });

  async function start(
    options: { idleTimeoutMs?: number; socket?: () => Promise<WebSocket>; begins?: boolean } = {},
  ): Promise<void> {
    const { idleTimeoutMs = 60_000, begins = true } = options;
    const socket = async (target: string, protocols: readonly string[]): Promise<WebSocket> => {
      path = target;
      const opened = new WebSocket(kubernetes.url, [...protocols]);
      opened.once("open", () => opened.pause());
      await once(opened, "open");
      return opened;
    };
    const inContainer = once(kubernetes.server, "connection");
    const atGateway = once(gateway.server, "connection");
    user = new User(gateway.url);
    const [client] = (await atGateway) as [WebSocket];
    const kube = { socket: options.socket ?? socket };
    session = new Session(client, { sessionId: "s", command, kube, log, idleTimeoutMs });
    if (!begins) return;
    [container] = (await inContainer) as [WebSocket];
    container.on("message", (data: Buffer) => {
      if (data[0] === 0) typed.push(data.toString("utf8", 1));
      if (data[0] === 4) sizes.push(data.toString("utf8", 1));
    });
  }

  const print = (text: string): void => container.send(Buffer.concat([Buffer.of(1), Buffer.from(text)]));
  const exit = (status: object): void => {
    container.send(Buffer.concat([Buffer.of(3), Buffer.from(JSON.stringify(status))]));
    container.close(1000);
  };

  it("joins a terminal to the command in its container", async () => {
    await start();
    expect(path).to.equal(
      "/api/v1/namespaces/ns/pods/p/exec?container=c&stdin=true&stdout=true&tty=true&command=sh&command=-c&command=x+y",
    );
    user.send(3, JSON.stringify({ cols: 80, rows: 24 }));
    user.send(1, "ls\n");
    await until(() => typed.length > 0 && sizes.length > 0);
    expect(typed).to.deep.equal(["ls\n"]);
    expect(JSON.parse(sizes[0]!)).to.deep.equal({ Width: 80, Height: 24 });
    print("x".repeat(5_000));
    const causes = [{ reason: "ExitCode", message: "3" }];
    exit({ kind: "Status", status: "Failure", reason: "NonZeroExitCode", details: { causes } });
    expect(await session.ended).to.deep.equal({ reason: "the command ended", exitCode: 3 });
    expect(user.screen).to.equal("x".repeat(5_000));
    expect(user.said).to.equal("The command ended with exit code 3");
  });

  it("says nothing of a command that ended well", async () => {
    await start();
    exit({ kind: "Status", status: "Success" });
    expect(await session.ended).to.deep.equal({ reason: "the command ended", exitCode: 0 });
    expect(user.said).to.equal("");
  });

  it("says why a command could not be started, and nothing of the installation's inside", async () => {
    const forbidden = new KubeError({ status: 403, reason: "Forbidden", message: "secret-name" });
    await start({ begins: false, socket: () => Promise.reject(forbidden) });
    const { reason } = await session.ended;
    expect(reason).to.equal("Kubernetes does not permit commands in this container");
    expect(user.said).to.equal(reason);
  });

  it("interrupts the command and ends its input when the user goes away", async () => {
    await start();
    user.socket.terminate();
    expect(await session.ended).to.deep.equal({ reason: "the client went away" });
    expect(typed.slice(0, 2)).to.deep.equal(["\u0003", "\u0004"]);
    expect(container.readyState).to.be.greaterThan(WebSocket.OPEN - 1);
  });

  it("ends after the idle time, and with the connection to the container", async () => {
    await start({ idleTimeoutMs: 150 });
    expect((await session.ended).reason).to.equal("the session was idle for too long");
    expect(user.said).to.equal("the session was idle for too long");
    await start();
    container.terminate();
    expect((await session.ended).reason).to.match(/the connection to the container broke/);
  });

  it("keeps what is typed before the command has begun", async () => {
    await start();
    user.send(1, "early");
    await until(() => typed.length > 0);
    expect(typed).to.deep.equal(["early"]);
  });

  it("holds output back in the container while the user does not take it, and brings it all then", async () => {
    await start();
    user.acknowledges = false;
    const block = "y".repeat(64 * 1024);
    const all = 160;
    let sent = 0;
    const pump = (): void => {
      if (sent++ < all) container.send(Buffer.concat([Buffer.of(1), Buffer.from(block)]), pump);
    };
    user.socket.pause();
    pump();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(container.bufferedAmount).to.be.greaterThan(0);
    user.acknowledges = true;
    user.socket.resume();
    await until(() => sent > all && container.bufferedAmount === 0);
    exit({ kind: "Status", status: "Success" });
    await session.ended;
    expect(user.screen.length).to.equal(all * block.length);
  });
});
