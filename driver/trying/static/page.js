// What both pages share. Texts become text nodes, never HTML: the page's Content-Security-Policy refuses anything else.

const token = location.hash.slice(1)

/** Return the address of a page or of the API with parameters, pages with the token behind the #. */
export function address(path, parameters = {}) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== "")).toString()
  return path + (query && `?${query}`) + (path.startsWith("/api/") ? "" : `#${token}`)
}

/** Ask the API; return its document. Throws an Error with a sentence. */
export async function api(path, parameters = {}, options = {}) {
  let answer
  try {
    answer = await fetch(address(path, parameters), { ...options, headers: { ...options.headers, "X-Page-Token": token } })
  } catch {
    throw new Error("the page's server does not answer: start it again with launch.py")
  }
  const document = await answer.json().catch(() => ({ error: `the page's server answered ${answer.status}` }))
  if (!answer.ok) throw new Error(document.error)
  return document
}

/** Return an element. Properties are set as they are called in JavaScript, `aria` and others by attribute; children are
 * elements or texts. */
export function make(name, properties = {}, ...children) {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(properties)) {
    if (key in element) element[key] = value
    else element.setAttribute(key, value)
  }
  element.append(...children.filter((child) => child !== null && child !== undefined))
  return element
}

/** Return a table. `head` are names of columns; `rows` hold texts or elements; columns in `numbers` are right-aligned. */
export function table(caption, head, rows, numbers = []) {
  const cell = (value, column) =>
    column ? make("td", { className: numbers.includes(column) ? "number" : "" }, value) : make("th", { scope: "row" }, value)
  const titles = head.map((name, column) => make("th", { scope: "col", className: numbers.includes(column) ? "number" : "" }, name))
  const made = make("table", {}, make("caption", {}, caption), make("thead", {}, make("tr", {}, ...titles)),
    make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map(cell)))))
  return make("div", { className: "scroll", tabIndex: 0, role: "group", "aria-label": caption }, made)
}

/** Show an error, or none. */
export function complain(error) {
  const place = document.getElementById("error")
  place.hidden = !error
  place.textContent = error ? sentence(error) : ""
}

export const sentence = (error) => error.message.charAt(0).toUpperCase() + error.message.slice(1)
