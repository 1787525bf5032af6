import { expect } from "chai";
import * as fc from "fast-check";
import { membershipOf } from "./constraints.ts";
import { satisfies } from "./evaluate.ts";
import type { Expression } from "./expression.ts";
import type { InstanceFacts } from "./instance-facts.ts";
import { InvalidExpression } from "./invalid-expression.ts";
import { type NodeTerm, nodeTerms } from "./node-terms.ts";
import { parseExpression } from "./parse.ts";
import { compilePattern } from "./pattern.ts";
import { constraintProblems, definitionConstraintProblems, strategyProblems, unplannable } from "./rules.ts";

const facts: InstanceFacts = {
  labels: {
    "kubernetes.io/os": "linux",
    "kubernetes.io/arch": "amd64",
    "node.kubernetes.io/instance-type": "t2.small",
    "topology.kubernetes.io/zone": "us-east-1a",
    "attribute.kecs.io/stack": "prod",
    "attribute.kecs.io/slots": "16",
    "attribute.kecs.io/ssd": "",
    "example.com/rack": "r1",
  },
  agentConnected: true,
  agentVersion: "1.34.4",
  ec2InstanceId: "i-0abc",
  registeredAt: "2026-11-21T10:31:40Z",
  runningTasksCount: 2,
  taskGroups: new Set(["service:production", "family:web"]),
};

describe("the cluster query language", () => {
  const holds = [
    "attribute:ecs.instance-type == t2.small",
    "attribute:ecs.instance-type=~t2.*",
    "attribute:ecs.instance-type matches (t2|g2)\\.[a-z]+",
    "attribute:ecs.instance-type !~ g2.*",
    "attribute:ecs.availability-zone in [us-east-1a, us-east-1b]",
    "attribute:ecs.availability-zone not_in ['us-east-1c']",
    "attribute:ecs.os-type equals linux and attribute:ecs.os-family == LINUX",
    "attribute:ecs.cpu-architecture==x86_64",
    "attribute:ssd exists && attribute:gpu !exists",
    "attribute:ssd == ''",
    "attribute:gpu not_exists",
    "attribute:gpu != any",
    "attribute:slots > 9 and attribute:slots <= 16 and attribute:slots greater_than_equal 16",
    "attribute:example.com/rack == r1",
    "task:group == service:production",
    "not(task:group == database)",
    "!(task:group == database) and (runningTasksCount == 0 or runningTasksCount >= 2)",
    "runningTasksCount less_than 3",
    "agentConnected == true",
    "agentVersion >= 1.9",
    "ec2InstanceId in ['i-0abc', 'i-1']",
    "registeredAt > 2026-01-01 and registeredAt < 2026-11-21T12:00:00Z",
    "attribute:stack == dev or attribute:stack == prod and attribute:ssd exists",
  ];
  for (const text of holds) it(`finds that ${text}`, () => expect(satisfies(parseExpression(text), facts)).to.be.true);

  const fails = [
    "attribute:stack == PROD",
    "attribute:ecs.cpu-architecture == amd64",
    "attribute:stack > 1",
    "attribute:slots == 016",
    "attribute:ecs.instance-type =~ t2",
    "task:group != service:production",
    "(attribute:stack == dev or attribute:stack == prod) and attribute:gpu exists",
  ];
  for (const text of fails)
    it(`denies that ${text}`, () => expect(satisfies(parseExpression(text), facts)).to.be.false);

  const invalid = [
    "",
    "attribute:stack",
    "attribute:stack ==",
    "attribute: == a",
    "stack == prod",
    "attribute:stack is prod",
    "attribute:stack in prod",
    "attribute:stack in []",
    "attribute:stack == prod)",
    "(attribute:stack == prod",
    "attribute:stack == prod attribute:ssd exists",
    "attribute:slots > many",
    "registeredAt > yesterday",
    "runningTasksCount == some",
    "runningTasksCount exists",
    "attribute:stack =~ (a",
    "attribute:stack =~ a**",
    "attribute:stack =~ (?=a)",
    "attribute:stack == 'prod",
  ];
  for (const text of invalid) {
    it(`does not take ${text || "nothing"}`, () => expect(() => parseExpression(text)).to.throw(InvalidExpression));
  }
});

describe("patterns", () => {
  it("agree with JavaScript's on what both know", () => {
    const atom = fc.constantFrom("a", "b", ".", "[ab]", "[^a]", "\\w", "\\.", "(a|b)", "(ab)", "(a*b)", "(|a)");
    const repeated = fc
      .tuple(atom, fc.constantFrom("", "*", "+", "?", "{2}", "{0,2}", "{1,}"))
      .map((pair) => pair.join(""));
    const pattern = fc.array(repeated, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(""));
    const text = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 8 });
    fc.assert(
      fc.property(pattern, text, (source, subject) => {
        expect(compilePattern(source)(subject)).to.equal(new RegExp(`^(?:${source})$`).test(subject));
      }),
    );
  });

  it("take no time that grows out of hand", () => {
    const started = performance.now();
    expect(compilePattern("((a+)+)+b")("a".repeat(63))).to.be.false;
    expect(compilePattern("((a{0,999}){0,999}){0,999}b")("a".repeat(63))).to.be.false;
    expect(performance.now() - started).to.be.below(1000);
  });
});

const name = fc.constantFrom("stack", "slots", "ecs.cpu-architecture", "ecs.os-family", "x/y");
const value = fc.constantFrom("prod", "dev", "1", "2", "16", "x86_64", "amd64", "LINUX", "a b", "");
const whole = fc.integer({ min: -2, max: 20 }).map(String);
const comparison = fc.oneof(
  fc.tuple(name, fc.constantFrom("==", "!="), value).map(([n, o, v]) => `attribute:${n} ${o} '${v}'`),
  fc.tuple(name, fc.constantFrom(">", ">=", "<", "<="), whole).map(([n, o, v]) => `attribute:${n} ${o} ${v}`),
  fc
    .tuple(name, fc.constantFrom("in", "!in"), fc.array(value, { minLength: 1, maxLength: 3 }))
    .map(([n, o, v]) => `attribute:${n} ${o} [${v.map((each) => `'${each}'`).join(", ")}]`),
  fc.tuple(name, fc.constantFrom("exists", "!exists")).map(([n, o]) => `attribute:${n} ${o}`),
);
const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 3 },
    comparison,
    fc
      .tuple(tie("expression"), fc.constantFrom("and", "or"), tie("expression"))
      .map(([a, o, b]) => `(${a}) ${o} (${b})`),
    tie("expression").map((inner) => `not (${inner})`),
  ),
}));
const labels = fc.dictionary(
  fc.constantFrom(
    "attribute.kecs.io/stack",
    "attribute.kecs.io/slots",
    "kubernetes.io/arch",
    "kubernetes.io/os",
    "x/y",
  ),
  fc.constantFrom("prod", "dev", "1", "2", "016", "16", "amd64", "linux", ""),
);

/** What the Kubernetes scheduler does. */
function matches(terms: readonly NodeTerm[], of: Record<string, string>): boolean {
  return terms.some((term) =>
    term.every(({ key, operator, values = [] }) => {
      const actual = Object.hasOwn(of, key) ? of[key] : undefined;
      switch (operator) {
        case "In":
          return actual !== undefined && values.includes(actual);
        case "NotIn":
          return actual === undefined || !values.includes(actual);
        case "Exists":
          return actual !== undefined;
        case "DoesNotExist":
          return actual === undefined;
        case "Gt":
          return /^\d+$/.test(actual ?? "") && Number(actual) > Number(values[0]);
        default:
          return /^\d+$/.test(actual ?? "") && Number(actual) < Number(values[0]);
      }
    }),
  );
}

describe("expressions as node affinity", () => {
  it("select the nodes that satisfy them, where they can be said", () => {
    let said = 0;
    fc.assert(
      fc.property(expression, labels, (text, of) => {
        const parsed: Expression = parseExpression(text);
        const terms = nodeTerms(parsed);
        if (terms === undefined) return;
        said += 1;
        expect(matches(terms, of)).to.equal(satisfies(parsed, { ...facts, labels: of }));
        for (const { values = [] } of terms.flat()) {
          for (const each of values) expect(each).to.match(/^([A-Za-z0-9]([-._A-Za-z0-9]*[A-Za-z0-9])?)?$/);
        }
      }),
      { numRuns: 2000 },
    );
    expect(said).to.be.above(500);
  });

  it("leave to the start of a task what labels cannot say", () => {
    const { terms, others } = membershipOf([
      { type: "distinctInstance" },
      { type: "memberOf", expression: "attribute:stack == prod or attribute:stack == dev" },
      { type: "memberOf", expression: "attribute:ecs.instance-type =~ t2.*" },
    ]);
    expect(terms).to.have.length(2);
    expect(others).to.have.length(1);
  });

  it("give up on more alternatives than a Pod should have", () => {
    const either = "(attribute:a == 1 or attribute:b == 1)";
    expect(nodeTerms(parseExpression(Array.from({ length: 5 }, () => either).join(" and ")))).to.have.length(32);
    expect(nodeTerms(parseExpression(Array.from({ length: 6 }, () => either).join(" and ")))).to.equal(undefined);
  });
});

describe("placement constraints and strategies", () => {
  it("are told what is wrong with them", () => {
    expect(constraintProblems([{ type: "memberOf" }])).to.have.length(1);
    expect(constraintProblems([{ type: "memberOf", expression: "x" }])[0]).to.match(/^Invalid expression/);
    expect(constraintProblems([{ type: "distinctInstance", expression: "attribute:a exists" }])).to.have.length(1);
    expect(constraintProblems(Array.from({ length: 11 }, () => ({ type: "distinctInstance" })))).to.have.length(1);
    expect(constraintProblems([{ type: "distinctInstance" }])).to.deep.equal([]);
    expect(definitionConstraintProblems([{ type: "distinctInstance" }])).to.deep.equal([
      "constraint.type 'distinctInstance' is not supported.",
    ]);
    const good = [
      { type: "spread", field: "attribute:ecs.availability-zone" },
      { type: "spread", field: "instanceId" },
      { type: "binpack", field: "memory" },
      { type: "random" },
    ];
    expect(strategyProblems(good)).to.deep.equal([]);
    for (const bad of [{ type: "spread" }, { type: "binpack", field: "disk" }, { type: "random", field: "cpu" }, {}]) {
      expect(strategyProblems([bad]), JSON.stringify(bad)).to.have.length(1);
    }
    expect(strategyProblems([...good, ...good])).to.have.length(1);
  });

  it("of a service are those that labels can say", () => {
    expect(unplannable([{ type: "memberOf", expression: "attribute:stack == prod" }])).to.equal(undefined);
    expect(unplannable([{ type: "memberOf", expression: "runningTasksCount == 0" }])).to.match(/RunTask/);
  });
});
