/* Where elements are in the window, and how wide. */
import { useEffect, useState } from "preact/hooks";

/** Whether an element has come near to what is in sight: charts further down are not asked for yet. */
export function useNear(element: { current: HTMLElement | null }): boolean {
  const [near, setNear] = useState(false);
  useEffect(() => {
    if (!element.current) return;
    const observer = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && setNear(true),
      { rootMargin: "300px" },
    );
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return near;
}

export function useResized(element: { current: HTMLElement | null }, act: () => void): void {
  useEffect(() => {
    if (!element.current) return;
    let width = element.current.clientWidth;
    const observer = new ResizeObserver(() => {
      const now = element.current?.clientWidth ?? width;
      if (Math.abs(now - width) > 1) act();
      width = now;
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
}
