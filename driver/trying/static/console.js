// The console of the emulator: it only looks.

import { address, api, complain, make, sentence, table } from "./page.js"

const find = (id) => document.getElementById(id)
const PAUSE = 1000 // milliseconds between looks while the page is in view
const MOST_LINES = 5000
const MOST_SERIES = 6
const SVG = "http://www.w3.org/2000/svg"
let selected = null // { kind, name, next, metrics, ended }
let listed = ""

async function list() {
  const all = await api("/api/console")
  if (JSON.stringify(all) === listed) return // the focus stays where it is
  listed = JSON.stringify(all)
  const focused = document.activeElement?.dataset?.item
  const rows = all.map(({ kind, name, status, created }) => {
    const link = make("a", { href: address("/console", { kind, name }) }, name)
    link.dataset.item = `${kind} ${name}`
    return [link, kind.replaceAll("-", " "), status, new Date(created).toLocaleString()]
  })
  const none = make("p", {}, "Nothing yet: start with ./launch.py train xgboost-sentiment")
  find("all").replaceChildren(rows.length ? table("Jobs and endpoints", ["Name", "Kind", "Status", "Created"], rows) : none)
  if (focused) for (const link of find("all").querySelectorAll("a")) if (link.dataset.item === focused) link.focus()
}

async function look() {
  if (!selected || selected.ended) return
  const { kind, name } = selected
  const item = await api("/api/console/item", { kind, name })
  find("status").textContent = item.status
  find("description").replaceChildren(described(item.description))
  const first = selected.next === 0
  const log = await api("/api/console/log", { kind, name, after: selected.next })
  selected.next = log.next
  selected.ended = item.ended && kind !== "endpoint" && log.lines.length === 0 && !first
  append(log.lines)
  for (const [metric, values] of Object.entries(log.metrics)) (selected.metrics[metric] ??= []).push(...values)
  if (first || Object.keys(log.metrics).length) curves(selected.metrics)
}

function append(lines) {
  const log = find("log")
  const follows = log.scrollTop + log.clientHeight >= log.scrollHeight - 5
  for (const line of lines) log.append(`${line}\n`)
  while (log.childNodes.length > MOST_LINES) log.firstChild.remove()
  if (follows) log.scrollTop = log.scrollHeight
  find("log-hint").textContent = log.childNodes.length ? "The latest lines; new ones follow." : "No lines yet."
}

/** Show a curve for each metric that has been reported twice or more, and all as a table. */
function curves(metrics) {
  const drawn = Object.entries(metrics).filter(([, values]) => values.length > 1).slice(0, MOST_SERIES)
  const last = Object.entries(metrics).map(([name, values]) => [name, String(values.at(-1)), String(values.length)])
  const parts = drawn.map(([name, values], number) => make("figure", {}, make("figcaption", {}, name), curve(name, values, number + 1)))
  find("curves").replaceChildren(...(last.length ? [make("h3", {}, "Metrics"), make("div", { className: "beside" }, ...parts), table("Latest values", ["Metric", "Value", "Reported"], last, [1, 2])] : []))
}

function curve(name, values, number) {
  const [width, height, left, edge] = [320, 140, 60, 14]
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const x = (at) => left + (at / (values.length - 1)) * (width - left - edge)
  const y = (value) => height - edge - ((value - low) / (high - low || 1)) * (height - 2 * edge)
  const svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${name}, from ${values[0]} to ${values.at(-1)} in ${values.length} steps` })
  for (const value of new Set([low, high])) {
    const text = shape("text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" })
    text.textContent = Number(value.toPrecision(4))
    svg.append(shape("line", { x1: left, x2: width - edge, y1: y(value), y2: y(value) }), text)
  }
  svg.append(shape("polyline", { class: `series-${number}`, points: values.map((value, at) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(" ") }))
  return svg
}

function shape(name, attributes) {
  const element = document.createElementNS(SVG, name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
  return element
}

/** Return a description of the API as a list of terms. */
function described(value) {
  if (Array.isArray(value)) value = Object.fromEntries(value.map((each, number) => [String(number + 1), each]))
  if (value === null || typeof value !== "object") return document.createTextNode(String(value))
  return make("dl", {}, ...Object.entries(value).flatMap(([key, each]) => [make("dt", {}, key), make("dd", {}, described(each))]))
}

async function objects() {
  const given = new URLSearchParams(location.search)
  const [bucket, prefix, key] = ["bucket", "prefix", "key"].map((name) => given.get(name) ?? "")
  const folder = key ? key.slice(0, key.lastIndexOf("/") + 1) : prefix
  const steps = folder.split("/").slice(0, -1)
  const links = steps.map((step, number) => make("a", { href: address("/console", { bucket, prefix: `${steps.slice(0, number + 1).join("/")}/` }) }, `${step}/`))
  const top = make("a", { href: address("/console") }, "All buckets")
  find("path").replaceChildren(...(bucket ? [top, " ", make("a", { href: address("/console", { bucket }) }, `${bucket}/`), ...links.flatMap((link) => [" ", link])] : []))
  const found = await api("/api/console/objects", { bucket, prefix: folder })
  const down = found.folders.map((name) => [make("a", { href: address("/console", bucket ? { bucket, prefix: name } : { bucket: name }) }, bucket ? name.slice(folder.length) : name), "", ""])
  const files = found.objects.map(({ key, size, modified }) => [make("a", { href: address("/console", { bucket, key }) }, key.slice(folder.length) || key), size.toLocaleString("en"), new Date(modified).toLocaleString()])
  const rows = [...down, ...files]
  find("objects").replaceChildren(rows.length ? table(bucket ? "Objects" : "Buckets", ["Name", "Bytes", "Modified"], rows, [1]) : make("p", {}, bucket ? "Nothing below it." : "No bucket yet."), found.more ? make("p", { className: "hint" }, "There are more: list them with the AWS CLI.") : "")
  if (!key) return
  const object = await api("/api/console/objects", { bucket, key })
  find("preview").hidden = false
  find("preview").textContent = object.text ?? `${object.size.toLocaleString("en")} bytes that are not text`
}

async function start() {
  const given = new URLSearchParams(location.search)
  const [kind, name] = [given.get("kind"), given.get("name")]
  if (kind && name) {
    selected = { kind, name, next: 0, metrics: {}, ended: false }
    document.title = `${name}: console of the emulator`
    find("one").hidden = false
    find("one-title").textContent = `${name}, ${kind.replaceAll("-", " ")}`
    if (kind === "endpoint") {
      find("try").href = address("/", { endpoint: name })
      find("try").hidden = false
      find("log-hint").textContent = "Each request is a line."
    }
  }
  objects().catch((error) => find("objects").replaceChildren(make("p", { className: "error" }, sentence(error))))
  for (;;) {
    if (!document.hidden) await Promise.all([list(), look()]).then(() => complain(null), complain)
    await new Promise((resolve) => setTimeout(resolve, PAUSE))
  }
}

start()
