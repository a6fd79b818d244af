-- An index of format 1, as genrenet 1 wrote it, with one song.
PRAGMA journal_mode = WAL;
PRAGMA application_id = 0x67656e72;
PRAGMA user_version = 1;

-- Models by which songs were classified.
CREATE TABLE models (
    id INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL,      -- of the networks; embeddings of one fingerprint can be compared
    taxonomy TEXT NOT NULL,         -- the own genres as JSON, '' for the model's genres
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    unsure_below REAL NOT NULL,     -- an answer whose probability is lower is unsure
    UNIQUE (fingerprint, taxonomy)
);

-- What a model tells: genres and attributes.
CREATE TABLE labels (
    id INTEGER PRIMARY KEY,
    model INTEGER NOT NULL REFERENCES models,
    kind TEXT NOT NULL,             -- 'genre' or 'attribute'
    name TEXT NOT NULL,
    parent TEXT,                    -- of genres: the broader one
    threshold REAL,                 -- of attributes: from here on it holds
    precision REAL,                 -- of attributes: how often it is true then, where that was measured
    UNIQUE (model, kind, name)
);

-- What was computed from sound, one row for each sound: copies of a file share it.
CREATE TABLE songs (
    id INTEGER PRIMARY KEY,
    audio TEXT NOT NULL UNIQUE,     -- SHA-256 of the audio packets; 'file:' and that of the whole file where packets can't be told
    seconds REAL,
    model INTEGER REFERENCES models,
    genre TEXT,                     -- the answer, also where it is unsure
    probability REAL,
    unsure INTEGER,
    never_sure INTEGER,             -- too short, or hardly music: unsure whatever the probability
    no_music INTEGER,
    model_probabilities BLOB,       -- of the model's own genres: 32-bit floats, little-endian
    embedding BLOB,                 -- 32-bit floats, little-endian
    cost_ms REAL,                   -- how long it took on one core
    classified_at INTEGER           -- seconds since 1970, UTC
);
CREATE INDEX songs_by_genre ON songs (genre, unsure, probability);
CREATE INDEX songs_by_model ON songs (model);

CREATE TABLE probabilities (
    song INTEGER NOT NULL REFERENCES songs,
    label INTEGER NOT NULL REFERENCES labels,
    probability REAL NOT NULL,
    PRIMARY KEY (song, label)
) WITHOUT ROWID;
CREATE INDEX probabilities_by_label ON probabilities (label, probability);

-- Chromaprint of the first two minutes.
CREATE TABLE fingerprints (
    song INTEGER PRIMARY KEY REFERENCES songs,
    items BLOB NOT NULL             -- 32-bit integers, little-endian
);

CREATE TABLE files (
    id INTEGER PRIMARY KEY,
    path UNIQUE NOT NULL,           -- absolute; text, or a blob of its bytes where they are not UTF-8
    size INTEGER NOT NULL,
    mtime_ns INTEGER,               -- NULL: changed so shortly before it was read that it is read again
    ctime_ns INTEGER NOT NULL,      -- 0 where the system has none
    song INTEGER REFERENCES songs,
    title TEXT,
    artist TEXT,
    album TEXT,
    album_artist TEXT,
    genre TEXT,                     -- the values of the tag, joined by '; '
    date TEXT,
    track TEXT,
    search TEXT NOT NULL,           -- the texts above and the file's name in lower case, without accents and spaces
    error TEXT,                     -- why it has no answer
    error_kind TEXT,
    program TEXT NOT NULL,          -- version of genrenet that read it
    scanned_at INTEGER NOT NULL,    -- seconds since 1970, UTC
    vanished_at INTEGER             -- when it was found missing
);
CREATE INDEX files_by_song ON files (song);
CREATE INDEX files_by_search ON files (search);

-- Mount points below scanned folders: files of a drive that is not mounted are not missing.
CREATE TABLE mounts (path UNIQUE NOT NULL);

-- What later scans take over: 'model', 'taxonomy'.
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

INSERT INTO models VALUES (1, 'ab12', '', 'wide', '1', 0.4);
INSERT INTO labels VALUES (1, 1, 'genre', 'Jazz', NULL, NULL, NULL), (2, 1, 'genre', 'Rock', NULL, NULL, NULL),
    (3, 1, 'attribute', 'instrumental', NULL, 0.5, 0.9);
INSERT INTO songs VALUES (1, 'a digest', 100.0, 1, 'Jazz', 0.75, 0, 0, 0, x'0000403f0000803e', x'0000803f00000040', 200.0, 1700000000);
INSERT INTO probabilities VALUES (1, 1, 0.75), (1, 2, 0.25), (1, 3, 0.6);
INSERT INTO fingerprints VALUES (1, x'01020304');
INSERT INTO files VALUES (1, '{PATH}', 1, 1, 0, 1, 'A title', 'An artist', NULL, NULL, 'Jazz', NULL, NULL, 'atitle', NULL, NULL,
    '1.0.0', 1700000000, NULL);
