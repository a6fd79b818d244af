/**
 * Files and folders that were dropped or chosen.
 *
 * @typedef {{file: File, path: string, found: boolean}} Chosen - `found` in a folder, and not named by the person
 */

/** @param {Iterable<File>} files @returns {Chosen[]} */
export function filesOf(files) {
  return [...files].map((file) => {
    const path = file.webkitRelativePath || file.name;
    return { file, path, found: file.webkitRelativePath !== "" };
  });
}

/** @param {DataTransfer} transfer @returns {Promise<Chosen[]>} */
export async function dropped(transfer) {
  // Both are gone after the first wait.
  const items = [...transfer.items].filter(({ kind }) => kind === "file");
  const all = items.map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  /** @type {Chosen[]} */
  const found = [];
  for (const { entry, file } of all) {
    if (entry) await walk(entry, !entry.isDirectory, found);
    else if (file) found.push({ file, path: file.name, found: false });
  }
  return found;
}

/** @param {FileSystemEntry} entry @param {boolean} named @param {Chosen[]} found */
async function walk(entry, named, found) {
  if (entry.isFile) {
    const file = await new Promise((resolve) => /** @type {FileSystemFileEntry} */ (entry).file(resolve, () => resolve(null)));
    if (file) found.push({ file, path: entry.fullPath.replace(/^\//, ""), found: !named });
    return;
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  // Each call gives some of the entries, none at the end.
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (some.length === 0) return;
    some.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
    for (const one of some) await walk(one, false, found);
  }
}
