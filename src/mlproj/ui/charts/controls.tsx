/* What can be set of a chart. */

export function Smoothing({ weight, change }: { weight: number; change: (weight: number) => void }) {
  return (
    <label>
      Smoothing{" "}
      <input
        type="range"
        min={0}
        max={0.99}
        step={0.01}
        value={weight}
        onInput={(event) => change(Number(event.currentTarget.value))}
      />{" "}
      <output>{weight ? weight.toFixed(2) : "none"}</output>
    </label>
  );
}
