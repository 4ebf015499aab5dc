/* A small Markdown: text becomes elements and nothing but elements, so no markup in it can come to life. */
import type { ComponentChildren, VNode } from "preact";

const INLINE =
  /(`+)(.+?)\1|\*\*(.+?)\*\*|__(.+?)__|\*([^*\s](?:[^*]*[^*\s])?)\*|\b_([^_\s](?:[^_]*[^_\s])?)_\b|\[([^\]]+)\]\(((?:[^()\s]|\([^()\s]*\))+)\)|(https?:\/\/[^\s<>)"']+)/s;
const FENCE = /^(```|~~~)/;
const ITEM = /^\s*(?:[-*+]|(\d+)[.)])\s+(.*)$/;

export function Markdown({ text }: { text: string }) {
  return <div class="prose">{blocks(text.replaceAll("\r\n", "\n").split("\n"))}</div>;
}

function blocks(lines: readonly string[]): VNode[] {
  const found: VNode[] = [];
  let at = 0;
  while (at < lines.length) {
    const [block, used] = next(lines.slice(at));
    if (block) found.push(block);
    at += used;
  }
  return found;
}

/** The first block, and how many lines it takes. */
function next(lines: readonly string[]): [VNode | null, number] {
  const [first = ""] = lines;
  if (!first.trim()) return [null, 1];
  if (FENCE.test(first)) return fenced(lines);
  const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(first);
  if (heading) return [title(heading[1]?.length ?? 1, heading[2] ?? ""), 1];
  if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(first)) return [<hr />, 1];
  if (first.startsWith(">")) return quoted(lines);
  if (ITEM.test(first)) return list(lines);
  if (first.includes("|") && /^[\s|:-]+$/.test(lines[1] ?? "") && (lines[1] ?? "").includes("-"))
    return table(lines);
  const end = lines.findIndex(
    (line, at) =>
      at > 0 && (!line.trim() || FENCE.test(line) || /^(#{1,6}\s|>|\s*([-*+]|1[.)])\s)/.test(line)),
  );
  const used = end < 0 ? lines.length : end;
  return [<p>{inline(lines.slice(0, used).join("\n"))}</p>, used];
}

function title(level: number, text: string): VNode {
  const Tag = `h${Math.min(level + 2, 6)}` as "h3";
  return <Tag>{inline(text)}</Tag>;
}

function fenced(lines: readonly string[]): [VNode, number] {
  const mark = lines[0]?.slice(0, 3) ?? "";
  const end = lines.findIndex((line, at) => at > 0 && line.startsWith(mark));
  const last = end < 0 ? lines.length : end;
  const code = (
    <pre tabIndex={0}>
      <code>{lines.slice(1, last).join("\n")}</code>
    </pre>
  );
  return [code, last + 1];
}

function quoted(lines: readonly string[]): [VNode, number] {
  const end = lines.findIndex((line) => !line.startsWith(">"));
  const used = end < 0 ? lines.length : end;
  return [
    <blockquote>{blocks(lines.slice(0, used).map((line) => line.replace(/^>\s?/, "")))}</blockquote>,
    used,
  ];
}

function list(lines: readonly string[]): [VNode, number] {
  const items: string[] = [];
  let used = 0;
  for (const line of lines) {
    const item = ITEM.exec(line);
    if (item) items.push(item[2] ?? "");
    else if (/^\s+\S/.test(line) && items.length) items[items.length - 1] += `\n${line.trim()}`;
    else break;
    used += 1;
  }
  const Tag = /^\s*\d/.test(lines[0] ?? "") ? "ol" : "ul";
  return [
    <Tag>
      {items.map((item) => (
        <li>{inline(item)}</li>
      ))}
    </Tag>,
    used,
  ];
}

function table(lines: readonly string[]): [VNode, number] {
  const end = lines.findIndex((line) => !line.includes("|"));
  const used = end < 0 ? lines.length : end;
  const [head = [], , ...rows] = lines
    .slice(0, used)
    .map((line) => line.replace(/^\s*\||\|\s*$/g, "").split("|"));
  const body = (
    <table>
      <thead>
        <tr>
          {head.map((cell) => (
            <th scope="col">{inline(cell.trim())}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr>
            {row.map((cell) => (
              <td>{inline(cell.trim())}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
  return [body, used];
}

function inline(text: string): ComponentChildren[] {
  const match = INLINE.exec(text);
  if (!match) return [text];
  const [whole, , code, bold, bold2, slanted, slanted2, label, target, link] = match;
  const rest = inline(text.slice(match.index + whole.length));
  let piece: ComponentChildren = whole;
  if (code !== undefined) piece = <code>{code}</code>;
  else if (bold ?? bold2) piece = <strong>{inline(bold ?? bold2 ?? "")}</strong>;
  else if (slanted ?? slanted2) piece = <em>{inline(slanted ?? slanted2 ?? "")}</em>;
  else piece = <Link target={link ?? target ?? ""}>{link ?? label}</Link>;
  return [text.slice(0, match.index), piece, ...rest];
}

/** A link out of the page; what is no address of the web stays text. */
export function Link({ target, children }: { target: string; children?: ComponentChildren }) {
  if (!/^https?:\/\//i.test(target)) return <>{children}</>;
  return (
    <a href={target} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  );
}
