// The page on which a model is tried.

import { address, api, complain, make, sentence, table } from "./page.js"
import { coloured } from "./words.js"

const find = (id) => document.getElementById(id)
const percent = (number) => `${(100 * number).toFixed(1)} %`
const SPOKEN = 1000 // milliseconds without typing after which a screen reader is told

/** One endpoint's part of the page. It asks once at a time; what was typed meanwhile is asked for next. */
class Panel {
  constructor(name) {
    this.name = name
    this.answer = make("div", { className: "answer" })
    this.calls = make("details", { hidden: true }, make("summary", {}, "The same request elsewhere"))
    this.element = make("section", { className: "panel", "aria-label": name }, make("h2", {}, name), this.answer, this.calls)
    this.spoken = ""
  }

  async ask(text, typed) {
    this.wanted = { text, typed }
    if (this.busy) return
    this.busy = true
    while (this.wanted) {
      const { text, typed } = this.wanted
      this.wanted = null
      if (!text.trim()) this.clear()
      else await this.show(text, typed)
    }
    this.busy = false
  }

  clear() {
    this.answer.replaceChildren()
    this.calls.hidden = true
    this.spoken = ""
  }

  async show(text, typed) {
    const started = performance.now()
    try {
      const found = await api("/api/ask", {}, {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ endpoint: this.name, text }),
      })
      const took = `${(1000 * found.seconds).toFixed(1)} ms at the endpoint, ${(performance.now() - started).toFixed(1)} ms with the way to this page`
      this.answer.replaceChildren(...(found.near ? neighbours(found.near) : label(text, found)), make("p", { className: "latency" }, took))
      this.spoken = found.near ? `nearest: ${found.near.slice(0, 3).map(([word]) => word).join(", ")}` : said(found)
      this.showCalls(found.calls)
    } catch (error) {
      this.answer.replaceChildren(make("p", { className: "error" }, sentence(error)))
      this.calls.hidden = true
      this.spoken = sentence(error)
    }
    performance.measure("answer", { start: typed, end: performance.now() })
  }

  showCalls(calls) {
    const parts = Object.entries(calls).map(([name, text]) => {
      const copy = make("button", { type: "button" }, `Copy the ${name} call`)
      copy.addEventListener("click", () => navigator.clipboard.writeText(text).then(() => (copy.textContent = "Copied"), complain))
      return [make("h3", {}, name), make("pre", { tabIndex: 0, role: "group", "aria-label": `${this.name}: ${name}` }, text), copy]
    })
    const from = find("where").dataset.local ? "The access key is exported by eval \"$(./launch.py local env)\"." : "The access key is that of your AWS settings."
    this.calls.replaceChildren(this.calls.firstChild, make("p", { className: "hint" }, from), ...parts.flat())
    this.calls.hidden = false
  }
}

function said(found) {
  const sure = found.probabilities.find(([name]) => name === found.label)
  return `${found.label}${sure ? `, ${percent(sure[1])}` : ""}`
}

function label(text, found) {
  const parts = [make("p", { className: "label" }, said(found))]
  if (found.probabilities.length) parts.push(bars("Probabilities", ["Label", "Probability"], found.probabilities, percent))
  if (!found.words.length) return parts
  const others = found.probabilities.map(([name]) => name).filter((name) => name !== found.towards)
  const against = others.length === 1 ? `for ${others[0]}` : `against ${found.towards}`
  const numbers = found.words.map(([word, contribution]) => [word, contribution.toFixed(4), contribution > 0 ? `for ${found.towards}` : against])
  parts.push(
    make("h3", {}, "Words"), coloured(text, found.words),
    make("p", { className: "hint" }, "Underlined words speak ", make("mark", { className: "for legend" }, `for ${found.towards}`),
      ", those with a dashed line ", make("mark", { className: "against legend" }, against), "; the stronger, the darker."),
    make("details", {}, make("summary", {}, "The contributions as numbers"),
      table("Contributions", ["Words", "Contribution", "Speaks"], numbers, [1])),
  )
  return parts
}

function neighbours(near) {
  return [bars("Nearest words", ["Word", "Cosine"], near, (number) => number.toFixed(4))]
}

/** Return a table whose last column has a bar for the number, from 0 to 1. */
function bars(caption, head, pairs, written) {
  const rows = pairs.slice(0, 20).map(([name, number]) => {
    const bar = make("span", { className: "bar" })
    bar.style.width = `${Math.max(0, Math.min(1, number)) * 100}%`
    return [name, written(number), bar]
  })
  const made = table(caption, [...head, make("span", { "aria-hidden": "true" }, "\u00a0")], rows, [1]).firstChild
  made.classList.add("bars")
  made.querySelector("thead tr").lastChild.replaceWith(make("td", {}))
  return made
}

async function batch(panels, file) {
  find("results").replaceChildren()
  find("progress").textContent = `Asking for each row of ${file.name} …`
  const columns = { text: find("text-column").value.trim(), label: find("label-column").value.trim() }
  const done = await Promise.all(panels.map(async (panel) => {
    const place = make("section", { className: "panel", "aria-label": `${panel.name}: ${file.name}` }, make("h2", {}, panel.name))
    try {
      const parameters = { endpoint: panel.name, name: file.name, ...columns }
      const headers = { "Content-Type": "application/octet-stream" }
      place.append(...predictions(panel.name, file.name, await api("/api/batch", parameters, { method: "POST", body: file, headers })))
    } catch (error) {
      place.append(make("p", { className: "error" }, sentence(error)))
    }
    return place
  }))
  find("progress").textContent = `${file.name}: the answers are below`
  find("results").replaceChildren(...done)
}

function predictions(name, file, found) {
  const parts = found.lines.map((line) => make("p", {}, line))
  if (found.evaluation) {
    const { accuracy, records, labels, confusion } = found.evaluation
    parts.unshift(make("p", { className: "label" }, `Accuracy ${accuracy.toFixed(4)}`), make("p", {}, `${records.toLocaleString("en")} rows have a label.`))
    if (labels.length <= 20) {
      const rows = labels.map((label, row) => [label, ...confusion[row].map((count) => count.toLocaleString("en"))])
      parts.push(table("True labels, and answers", ["", ...labels].map((label, column) => (column ? `answered ${label}` : "True label")), rows, labels.map((_, column) => column + 1)))
    }
  } else parts.push(make("p", { className: "hint" }, "No column certainly holds labels, so nothing was compared."))
  const save = make("button", { type: "button" }, "Save all answers as CSV")
  save.addEventListener("click", () => {
    const url = URL.createObjectURL(new Blob([found.csv], { type: "text/csv" }))
    make("a", { href: url, download: `${file.replace(/\.[^.]*$/, "")}-${name}.predictions.csv` }).click()
    setTimeout(() => URL.revokeObjectURL(url), 60_000)
  })
  const short = (cell) => (cell.length > 200 ? `${cell.slice(0, 200)}…` : cell)
  parts.push(make("p", {}, save), make("details", {}, make("summary", {}, `The first ${found.rows.length} rows`), table("Rows", found.head, found.rows.map((row) => row.map(short)))))
  return parts
}

async function start() {
  const about = await api("/api/about")
  const given = new URLSearchParams(location.search).getAll("endpoint")
  const panels = (given.length ? given : about.endpoints).map((name) => new Panel(name))
  const names = panels.map((panel) => panel.name).join(" and ")
  find("where").textContent = names ? `${names}, from ${about.where}` : "No endpoint was named: start with ./launch.py try and its name"
  if (about.console) {
    find("where").dataset.local = "yes"
    find("console").href = address("/console")
    find("console").hidden = false
  }
  document.title = `Try ${names}`
  find("answers").replaceChildren(...panels.map((panel) => panel.element))
  const text = find("text")
  let timer
  const ask = (typed) => {
    for (const panel of panels) panel.ask(text.value, typed)
    clearTimeout(timer)
    timer = setTimeout(() => (find("spoken").textContent = panels.map(({ name, spoken }) => spoken && `${name}: ${spoken}`).filter(Boolean).join("; ")), SPOKEN)
  }
  text.addEventListener("input", (event) => ask(event.timeStamp))
  if (text.value) ask(performance.now()) // which the browser has kept
  find("file").addEventListener("change", (event) => event.target.files.length && batch(panels, event.target.files[0]))
  const drop = find("drop")
  drop.addEventListener("dragover", (event) => (event.preventDefault(), drop.classList.add("over")))
  drop.addEventListener("dragleave", () => drop.classList.remove("over"))
  drop.addEventListener("drop", (event) => {
    event.preventDefault()
    drop.classList.remove("over")
    if (event.dataTransfer.files.length) batch(panels, event.dataTransfer.files[0])
  })
  text.focus()
}

start().catch(complain)
