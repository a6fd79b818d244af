'use strict';
// What the map answers to pointer and keyboard, the box that finds songs, the legend that hides genres.
(() => {
  const map = document.getElementById('map');
  if (!map) return;
  const [tip, ring, words, count, found, legend] =
    ['song', 'ring', 'words', 'count', 'found', 'legend'].map(id => document.getElementById(id));
  const plain = text => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const songs = [...map.querySelectorAll('use[data-group]')].map(dot => {
    const title = dot.querySelector('title');
    const [name, answer, file] = title.textContent.split('\n');
    title.remove();
    return { dot, name, answer, file, x: +dot.getAttribute('x'), y: +dot.getAttribute('y'),
      group: dot.dataset.group, key: plain(name + ' ' + file), gone: false, off: false };
  });
  let chosen = null;

  const line = (kind, text, className) => {
    const element = document.createElement(kind);
    element.textContent = text;
    element.className = className;
    element.dir = 'auto';
    return element;
  };
  const choose = song => {
    chosen = song;
    tip.replaceChildren();
    tip.classList.toggle('shown', !!song);
    ring.setAttribute('r', song ? 11 : 0);
    if (!song) return;
    ring.setAttribute('cx', song.x);
    ring.setAttribute('cy', song.y);
    tip.append(line('b', song.name, ''), line('span', song.answer, ''), line('span', song.file, 'file'));
    const scale = map.clientWidth / map.viewBox.baseVal.width;
    const [x, y] = [song.x * scale, song.y * scale];
    const left = Math.min(Math.max(x - tip.offsetWidth / 2, 0), map.clientWidth - tip.offsetWidth);
    const above = y - tip.offsetHeight - 14;
    tip.style.left = Math.max(left, 0) + 'px';
    tip.style.top = (above >= 0 ? above : y + 14) + 'px';
  };
  const nearest = (x, y, farthest) => {
    let best = null;
    for (const song of songs) {
      const distance = Math.hypot(song.x - x, song.y - y);
      if (!song.gone && !song.off && distance < farthest) [best, farthest] = [song, distance];
    }
    return best;
  };
  const under = (event, pixels) => {
    const box = map.getBoundingClientRect();
    const scale = map.viewBox.baseVal.width / box.width;
    return nearest((event.clientX - box.left) * scale, (event.clientY - box.top) * scale, pixels * scale);
  };
  map.addEventListener('pointermove', event => {
    if (event.pointerType === 'mouse') choose(under(event, 12));
  });
  map.addEventListener('pointerleave', event => {
    if (event.pointerType === 'mouse') choose(null);
  });
  map.addEventListener('click', event => choose(under(event, 28)));

  // Arrow keys: the nearest song within 60° of the direction.
  const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  map.setAttribute('role', 'application');
  map.setAttribute('aria-label', map.getAttribute('aria-label') + '. Arrow keys go from song to song.');
  map.addEventListener('keydown', event => {
    if (event.key === 'Escape') choose(null);
    const way = ways[event.key];
    if (!way) return;
    event.preventDefault();
    const { width, height } = map.viewBox.baseVal;
    if (!chosen) return choose(nearest(width / 2, height / 2, Infinity));
    let [best, least] = [null, Infinity];
    for (const song of songs) {
      const [dx, dy] = [song.x - chosen.x, song.y - chosen.y];
      const along = dx * way[0] + dy * way[1];
      const distance = Math.hypot(dx, dy);
      if (song !== chosen && !song.gone && !song.off && along > distance / 2 && distance < least)
        [best, least] = [song, distance];
    }
    if (best) choose(best);
  });
  map.addEventListener('blur', () => choose(null));

  const shown = 8;
  const find = () => {
    const parts = plain(words.value).split(/\s+/).filter(Boolean);
    const hits = [];
    for (const song of songs) {
      song.off = !parts.every(part => song.key.includes(part));
      song.dot.classList.toggle('off', song.off);
      if (!song.off && parts.length && !song.gone) hits.push(song);
    }
    map.classList.toggle('finding', parts.length > 0);
    choose(null);
    count.textContent = !parts.length ? '' : hits.length === 1 ? '1 song' :
      hits.length + ' songs' + (hits.length > shown ? ', of which these are ' + shown : '');
    found.replaceChildren(...hits.slice(0, shown).map(song => {
      const item = document.createElement('li');
      const button = line('button', song.name, '');
      button.type = 'button';
      button.title = song.file;
      for (const event of ['focus', 'pointerenter', 'click']) button.addEventListener(event, () => choose(song));
      item.append(button);
      return item;
    }));
  };
  document.getElementById('find').hidden = false;
  words.addEventListener('input', find);

  const set = (button, on) => {
    button.setAttribute('aria-pressed', on);
    for (const song of songs)
      if (song.group === button.parentElement.dataset.group) {
        song.gone = !on;
        song.dot.classList.toggle('gone', !on);
      }
  };
  const buttons = [...legend.children].map(item => {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...item.firstElementChild.childNodes);
    item.replaceChildren(button);
    button.addEventListener('click', () => {
      set(button, button.getAttribute('aria-pressed') !== 'true');
      find();
    });
    set(button, true);
    return button;
  });
  for (const [text, on] of [['Show all genres', true], ['Hide all genres', false]]) {
    const item = document.createElement('li');
    item.className = 'all';
    const button = line('button', text, '');
    button.type = 'button';
    button.addEventListener('click', () => {
      for (const other of buttons) set(other, on);
      find();
    });
    item.append(button);
    legend.append(item);
  }
})();
