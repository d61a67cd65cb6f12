import { ConditionError, Meter } from './meter';

const spendUntilDry = (meter: Meter): number => {
  let spent = 0;
  try {
    for (;;) {
      meter.charge(10_000);
      spent += 10_000;
    }
  } catch (error) {
    expect(error).toBeInstanceOf(ConditionError);
  }
  return spent;
};

test('a condition that used up its budget fails at every later charge, even of zero', () => {
  const meter = new Meter();
  meter.begin();
  spendUntilDry(meter);
  expect(() => meter.charge(0)).toThrow(/costs too much/);
  expect(() => meter.assertNotDry()).toThrow(ConditionError);
});

test('the next condition has a new budget, while the check has some left', () => {
  const meter = new Meter();
  const spent = Array.from({ length: 6 }, () => {
    meter.begin();
    return spendUntilDry(meter);
  });
  expect(spent[0]).toBeGreaterThan(0);
  expect(spent[1]).toBe(spent[0]);
  expect(spent.at(-1)).toBe(0);
});

test('a condition can use no more than the rest of the check’s budget', () => {
  const meter = new Meter();
  for (let i = 0; i < 6; i++) {
    meter.begin();
    spendUntilDry(meter);
  }
  meter.begin();
  expect(() => meter.charge(1)).toThrow(ConditionError);
});
