import { expect } from "chai";
import { alarmsTold } from "./alertmanager.ts";

const alert = (alertname: string, status: string, summary?: string, value?: string): object => ({
  status,
  labels: { alertname, pod: "web-1" },
  annotations: { ...(summary !== undefined && { summary }), ...(value !== undefined && { value }) },
});

describe("a notification of Alertmanager", () => {
  it("tells the state of each alarm by its alert's name", () => {
    const alerts = [alert("web-5xx", "firing", "5 % of answers are 5xx"), alert("Slow", "resolved")];
    expect(alarmsTold({ version: "4", status: "firing", alerts })).to.deep.equal([
      { name: "web-5xx", state: "ALARM", reason: "5 % of answers are 5xx", values: [] },
      { name: "Slow", state: "OK", reason: "Alertmanager: resolved", values: [] },
    ]);
  });

  it("raises an alarm of which one alert still fires", () => {
    const states = (...statuses: string[]): unknown =>
      alarmsTold({ alerts: statuses.map((status) => alert("a", status)) }).map(({ state }) => state);
    expect(states("resolved", "firing", "resolved")).to.deep.equal(["ALARM"]);
    expect(states("resolved", "resolved")).to.deep.equal(["OK"]);
  });

  it("says what was measured where it fires", () => {
    const alerts = [
      alert("busy", "firing", undefined, "81.5"),
      alert("busy", "resolved", undefined, "12"),
      alert("busy", "firing", undefined, "9e1"),
      alert("busy", "firing", undefined, "much"),
    ];
    expect(alarmsTold({ alerts }).map(({ values }) => values)).to.deep.equal([[81.5, 90]]);
  });

  const refused: [string, unknown, RegExp][] = [
    ["nothing", null, /no alerts/],
    ["another thing", { alerts: "many" }, /no alerts/],
    ["an alert without name", { alerts: [{ status: "firing", labels: {} }] }, /no label alertname/],
    ["an alert in no state", { alerts: [alert("a", "silenced")] }, /neither firing nor resolved/],
  ];
  for (const [what, body, message] of refused) {
    it(`is not ${what}`, () => {
      expect(() => alarmsTold(body)).to.throw(message);
    });
  }
});
