/**
 * The shapes of what the modules hand each other. Nothing runs here.
 *
 * A point is in pixels of the upright picture, (0, 0) its upper left corner. A mask is a list of shapes, drawn one
 * over the other; it becomes pixels only when it is sent.
 *
 * @typedef {"add" | "subtract"} Mode
 * @typedef {{kind: "path", mode: Mode, size: number, points: number[], role?: "keep", layer?: string}} PathShape
 *   A line with round ends: `points` is x, y, x, y, ...; `size` its width in pixels. In the role "keep" it is no part
 *   of the mask: what it covers must not change.
 * @typedef {{kind: "polygon", mode: Mode, points: number[], role?: undefined, layer?: string}} PolygonShape
 *   The inside of a closed outline.
 * @typedef {{kind: "bitmap", mode: Mode, width: number, height: number, box: number[], area: number,
 *            runs: Uint8Array, text?: boolean, role?: undefined, layer?: string}} BitmapShape
 *   Pixels of a picture of that size, as `mask/bitmap.js` writes them; all within `box` (left, top, right, bottom).
 *   `text`: they are strokes of letters, as the server found them.
 * @typedef {{kind: "invert", role?: undefined, layer?: string}} InvertShape
 *   What was painted is not, and what was not is.
 * @typedef {{kind: "group", shapes: readonly Shape[], colour?: string, role?: undefined, layer?: string}} GroupShape
 *   A mask for itself: what it takes away it takes from its own shapes. Drawn in a colour of its own where it has one.
 * @typedef {PathShape | PolygonShape | BitmapShape | InvertShape | GroupShape} Shape
 *
 * @typedef {object} Pick What is being selected, and not yet part of the mask.
 * @property {"points" | "words" | "text"} kind
 * @property {"asking" | "shown"} phase
 * @property {string} [find] The words that are looked for.
 * @property {readonly {x: number, y: number, on: boolean}[]} points On the thing, or beside it.
 * @property {readonly number[] | null} box Left, top, right, bottom.
 * @property {number} candidate From 1 on.
 * @property {number} candidates How many there are.
 * @property {readonly {shape: BitmapShape, on: boolean}[]} parts What was found, and which of it is chosen.
 *
 * @typedef {object} HistoryNode One state that undo can come back to.
 * @property {string} id
 * @property {string | null} parent
 * @property {string | null} next The child that redo goes to: the one that was left last.
 * @property {"open" | "mask" | "result"} kind
 * @property {readonly Shape[]} shapes The mask at this state.
 * @property {readonly Layer[]} [layers] What its shapes' `layer` names, lowest first; absent: there is one mask.
 * @property {string} picture Id in `picture/pictures.js`.
 * @property {Made} [made] How a result came about.
 * @property {number} time Unix milliseconds.
 *
 * @typedef {{id: string, number: number, name: string, hidden: boolean}} Layer "" is named by its number.
 *
 * @typedef {object} Made
 * @property {string} edit
 * @property {Record<string, unknown>} parameters
 * @property {readonly Shape[]} shapes The mask that was sent.
 * @property {Record<string, unknown>} [recipe]
 * @property {string} [reference] Id of the second picture.
 * @property {readonly Step[]} [steps] Where part of the original came back: the whole way from `base`.
 * @property {string} [base] Id of a picture.
 *
 * @typedef {object} Step One edit on the way to a picture.
 * @property {string} edit
 * @property {Record<string, unknown>} parameters
 * @property {readonly Shape[]} shapes The mask.
 * @property {readonly (readonly Shape[])[]} keep Masks of what stays, whatever the mask says.
 * @property {string} [reference] Id of the second picture.
 * @property {string | null} before Id of the picture it was done to, where there is one.
 * @property {string} [key] Of idempotency.
 *
 * @typedef {object} Work All that is asked for by one press of a button. Kept until it has ended.
 * @property {string} from The state it belongs to.
 * @property {string} began Where the person was.
 * @property {string} picture Id of the picture that the first step is done to.
 * @property {readonly Step[]} steps
 * @property {number} count
 * @property {Partial<Made>} [made] What its result says besides.
 * @property {boolean} [engines] It is done by every engine: `state.engines` says how far each is.
 *
 * @typedef {object} EngineCell One engine of those that make the same edit.
 * @property {string} name
 * @property {string} key Of idempotency.
 * @property {string | null} task Id on the server.
 * @property {"waiting" | "busy" | "running" | "done" | "failed" | "cancelled"} state
 * @property {readonly string[]} nodes The states with its results.
 * @property {string} error Why there is none, or not all that were asked for.
 * @property {number | null} ms How long it took.
 *
 * @typedef {object} Engines
 * @property {"engine" | "model"} parameter What of the edit names them.
 * @property {string} from The state that they were asked from.
 * @property {readonly EngineCell[]} cells
 *
 * @typedef {{nodes: Record<string, HistoryNode>, root: string, at: string}} History
 *
 * @typedef {object} Doc The picture that was opened.
 * @property {string} id
 * @property {string} name Of its file, with the suffix.
 * @property {number} width Pixels, upright.
 * @property {number} height
 *
 * @typedef {object} Task The edit that is being made.
 * @property {"mask" | "send" | "queued" | "running" | "fetch"} phase
 * @property {string | null} id
 * @property {number} progress 0 to 1.
 * @property {number} position How many edits end before this one starts.
 * @property {number | null} etaMs
 * @property {boolean} lost The server cannot be reached, and is asked again.
 * @property {Work} work
 * @property {number} step Which of its steps, from 0.
 * @property {Record<string, number>} [shares] How far each engine is, 0 to 1.
 *
 * @typedef {object} Notice A sentence for the person, until it is closed.
 * @property {string} id
 * @property {"error" | "warning" | "info"} kind
 * @property {string} text
 * @property {string} [help] What to do about it.
 * @property {"run" | "sign-in"} [action] A button for that.
 *
 * @typedef {object} CatalogueEntry One edit as `GET /v1/catalogue` describes it.
 * @property {string} name
 * @property {string} summary
 * @property {boolean} available
 * @property {string | null} missing
 * @property {Record<string, any>} parameters JSON schema.
 * @property {boolean} masked It looks at a mask.
 * @property {boolean} [reference] It needs a second picture.
 * @property {Record<string, string[]>} choices Engines and models that can run, by parameter.
 *
 * @typedef {object} BatchItem One picture of many.
 * @property {string} id
 * @property {string} name With its folder, where it came from one.
 * @property {number} order
 * @property {"waiting" | "busy" | "running" | "done" | "failed"} state
 * @property {number} progress
 * @property {string | null} task Id on the server.
 * @property {string} key Of idempotency.
 * @property {{type: string} | null} result
 * @property {string} error Why it failed, or what the server says of its result.
 * @property {number} size Bytes of its file.
 * @property {string} [misfit] Id of the mask that has not its size.
 *
 * @typedef {object} BatchMask The mask of one picture.
 * @property {string} id
 * @property {string} name With its folder.
 * @property {readonly string[]} offered What may be painted in it; none: it cannot be read.
 *
 * @typedef {object} BatchPlan What is done to each picture.
 * @property {"text" | "words" | "mask" | "masks" | "edit"} what `masks`: one for each.
 * @property {string} words
 * @property {string | null} means What is painted in `masks`, where they do not say it themselves.
 * @property {string} edit
 * @property {Record<string, unknown>} parameters
 *
 * @typedef {{items: readonly BatchItem[], masks: readonly BatchMask[], running: boolean, elsewhere: boolean, plan: BatchPlan,
 *   lacks: {words: string, missing: string} | null}} Batch `lacks`: what these words would need.
 *
 * @typedef {object} State All that the page shows.
 * @property {"unknown" | "asking" | "open"} session
 * @property {Doc | null} doc
 * @property {History | null} history
 * @property {string} layer Id of the one that tools work on, where there are several.
 * @property {string} tool
 * @property {number} brushSize Pixels of the picture.
 * @property {Mode} mode What outlines do; Alt turns it round for one of them.
 * @property {string} overlay Colour of the mask, as CSS.
 * @property {boolean} comparing
 * @property {boolean} peeking The original is shown for as long as a key is held.
 * @property {boolean} runAfterStroke
 * @property {Task | null} task
 * @property {boolean} opening A picture is being decoded.
 * @property {readonly Notice[]} notices
 * @property {readonly CatalogueEntry[]} catalogue
 * @property {string} edit Name of the edit whose form is shown.
 * @property {Record<string, Record<string, unknown>>} parameters By edit: only what differs from the defaults.
 * @property {Pick | null} pick
 * @property {boolean} adjusting The mask is being grown, read or filled.
 * @property {{file: File, offered: readonly string[]} | null} importing A mask of which it is asked what is painted.
 * @property {"en" | "zh"} language
 * @property {"auto" | "light" | "dark"} theme
 * @property {"keys" | "sign-in" | "edits" | "batch" | "more" | "save" | null} dialog
 * @property {number} count How many results are asked for.
 * @property {boolean} keepData Files that are saved have the picture's EXIF and what else says how it came about.
 * @property {boolean} loupe
 * @property {readonly string[] | null} variants States whose pictures are shown side by side.
 * @property {string | null} reference Id of the second picture, for edits that need one.
 * @property {Engines | null} engines The edit by every engine, beside each other.
 * @property {boolean} showErased All that was marked on the way here is shown.
 * @property {Batch} batch
 *
 * @typedef {object} PointerAt Where a pointer is, for a tool.
 * @property {number} x Pixels of the picture; may lie outside it.
 * @property {number} y
 * @property {boolean} shift
 * @property {boolean} alt
 *
 * @typedef {object} ToolContext What a tool may use.
 * @property {() => number} size Of the brush, pixels of the picture.
 * @property {() => number} scale Screen pixels for one of the picture.
 * @property {() => Mode} mode
 * @property {(shape: Shape | null) => void} draft Shows a shape that is not finished.
 * @property {import("./select/picker.js").Picker} picker Selects by clicks.
 * @property {(at: PointerAt, mode: Mode) => void} fill What is enclosed by the mask, or hangs together in it.
 * @property {(shape: Shape) => void} commit Makes a shape part of the mask, as one step of undo.
 *
 * @typedef {object} Tool One way to mark; one file each in `tools/`.
 * @property {string} name Of its label `tool.<name>`.
 * @property {string} icon In `panel/icons.js`.
 * @property {string} key The shortcut, as tinykeys spells it.
 * @property {boolean} [right] Whether it takes the right button, as a click with Alt.
 * @property {boolean} ring Whether the brush's outline follows the pointer.
 * @property {(at: PointerAt, context: ToolContext) => void} down
 * @property {(at: PointerAt, context: ToolContext) => void} move Also while no button is held: see `pressed`.
 * @property {(at: PointerAt, context: ToolContext) => void} up
 * @property {(context: ToolContext) => void} cancel Forgets what is not finished.
 * @property {(key: "Enter" | "Escape" | "Backspace", context: ToolContext) => boolean} [press]
 *   True: the tool has used the key.
 */
export {};
