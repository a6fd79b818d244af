//! Opening an index: new, of an older format, of a newer one, damaged, of another program.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use etcetera::BaseStrategy;
use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::error::IndexError;

/// Number of the newest format; `PRAGMA user_version` of an index.
const FORMAT: i64 = MIGRATIONS.len() as i64;

/// `PRAGMA application_id` of an index: "genr".
const APPLICATION: i64 = 0x6765_6e72;

/// What makes each format of the one before, the first of an empty file. A migration keeps what was computed.
const MIGRATIONS: [&str; 1] = [include_str!("schema.sql")];

/// How long is waited for another process that writes. A scan writes for milliseconds at a time.
const PATIENCE: Duration = Duration::from_secs(30);

/// An index of music files, open. Several threads and processes may use one at once.
pub struct Index {
    path: PathBuf,
    connection: Mutex<Connection>,
}

impl Index {
    /// Opens an index, and makes it where there is none. One of an older format is brought to the newest.
    ///
    /// # Errors
    /// [`IndexError`]: a newer format, another file, a damaged one, a folder that can't be written.
    pub fn create(path: &Path) -> Result<Index, IndexError> {
        let io = |source| IndexError::Io {
            path: path.to_owned(),
            source,
        };
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            std::fs::create_dir_all(folder).map_err(io)?;
        }
        Index::with(
            path,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        )
    }

    /// Opens an index that is there.
    ///
    /// # Errors
    /// As [`Index::create`]; [`IndexError::Missing`].
    pub fn open(path: &Path) -> Result<Index, IndexError> {
        match std::fs::metadata(path) {
            Ok(_) => match Index::with(path, OpenFlags::SQLITE_OPEN_READ_WRITE) {
                // Of a folder or a disk that can't be written, SQLite reads one that nobody writes to.
                Err(error @ (IndexError::Sqlite { .. } | IndexError::ReadOnly(_))) => {
                    Index::unchanging(path).map_err(|_| error)
                }
                opened => opened,
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Err(IndexError::Missing(path.to_owned()))
            }
            Err(source) => Err(IndexError::Io {
                path: path.to_owned(),
                source,
            }),
        }
    }

    /// Opens an index that is there for searches alone. One of an older format is brought to the newest; nothing else is written to it.
    ///
    /// # Errors
    /// As [`Index::open`].
    pub fn open_read_only(path: &Path) -> Result<Index, IndexError> {
        let index = Index::open(path)?;
        index.with_connection(|connection| connection.execute_batch("PRAGMA query_only = ON"))?;
        Ok(index)
    }

    /// Opens one that can't be written, as it stands in the file itself.
    fn unchanging(path: &Path) -> Result<Index, IndexError> {
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let mut address = "file:".to_owned();
        for byte in absolute.as_os_str().as_encoded_bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => {
                    address.push(char::from(*byte))
                }
                byte => address += &format!("%{byte:02X}"),
            }
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_URI
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = Connection::open_with_flags(address + "?immutable=1", flags);
        let mut connection = opened.map_err(|error| IndexError::of(path, &error))?;
        prepare(&mut connection, path)?;
        Ok(Index {
            path: path.to_owned(),
            connection: Mutex::new(connection),
        })
    }

    fn with(path: &Path, flags: OpenFlags) -> Result<Index, IndexError> {
        let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = Connection::open_with_flags(path, flags);
        let mut connection = opened.map_err(|error| IndexError::of(path, &error))?;
        prepare(&mut connection, path)?;
        Ok(Index {
            path: path.to_owned(),
            connection: Mutex::new(connection),
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Calls `work` with the connection; one thread at a time.
    pub(super) fn with_connection<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T, IndexError> {
        work(&mut self.lock()).map_err(|error| IndexError::of(&self.path, &error))
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A panic in between leaves no transaction open: it is rolled back where it is dropped.
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Checks whose file it is, and brings it to the newest format.
fn prepare(connection: &mut Connection, path: &Path) -> Result<(), IndexError> {
    let sqlite = |error: rusqlite::Error| IndexError::of(path, &error);
    connection.busy_timeout(PATIENCE).map_err(sqlite)?;
    add_functions(connection).map_err(sqlite)?;
    connection.set_prepared_statement_cache_capacity(64);
    let format = format_of(connection, path)?;
    // One commit takes 0.1 ms so, and a power cut loses the last ones at the most, never the file.
    let begin =
        "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;";
    connection.execute_batch(begin).map_err(sqlite)?;
    if format == FORMAT {
        return Ok(());
    }
    if format == 0 {
        connection
            .query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))
            .map_err(sqlite)?;
    }
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(sqlite)?;
    // Another process may have done it meanwhile.
    let format = format_of(&transaction, path)?;
    for migration in &MIGRATIONS[format as usize..] {
        transaction.execute_batch(migration).map_err(sqlite)?;
    }
    transaction
        .execute_batch(&format!(
            "PRAGMA user_version = {FORMAT}; PRAGMA application_id = {APPLICATION};"
        ))
        .map_err(sqlite)?;
    transaction.commit().map_err(sqlite)
}

/// `spelling_key(TEXT)`: lower case, without accents and spaces.
fn add_functions(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("spelling_key", 1, flags, |context| {
        let text: Option<String> = context.get(0)?;
        Ok(text.map(|text| genrenet_text::spelling_key(&text)))
    })
}

/// The format of a file, 0 for an empty one.
fn format_of(connection: &Connection, path: &Path) -> Result<i64, IndexError> {
    let number = |query: &str| {
        connection
            .query_row(query, [], |row| row.get::<_, i64>(0))
            .map_err(|error| IndexError::of(path, &error))
    };
    let application = number("PRAGMA application_id")?;
    let format = number("PRAGMA user_version")?;
    let tables = number("SELECT count(*) FROM sqlite_master")?;
    match (application, format) {
        (0, 0) if tables == 0 => Ok(0),
        (APPLICATION, format @ 1..=FORMAT) => Ok(format),
        (APPLICATION, found) => Err(IndexError::Newer {
            path: path.to_owned(),
            found,
            known: FORMAT,
        }),
        _ => Err(IndexError::Foreign {
            path: path.to_owned(),
            found: "a database of another program".into(),
        }),
    }
}

/// The usual place of the index: `$GENRENET_INDEX`, or `genrenet/index.sqlite` in the system's folder for data.
pub fn usual_place() -> Option<PathBuf> {
    match std::env::var_os("GENRENET_INDEX") {
        Some(file) if !file.is_empty() => Some(file.into()),
        _ => {
            let system = etcetera::base_strategy::choose_native_strategy().ok()?;
            Some(system.data_dir().join("genrenet").join("index.sqlite"))
        }
    }
}

/// Renames an index and the files that SQLite keeps beside it, and returns the new name; `None` where there is none.
///
/// # Errors
/// [`IndexError::Newer`], [`IndexError::Foreign`]: what is no damaged index of this format is left as it is. The system's error.
pub fn set_aside(path: &Path) -> Result<Option<PathBuf>, IndexError> {
    let io = |source| IndexError::Io {
        path: path.to_owned(),
        source,
    };
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io(error)),
        Ok(metadata) if !metadata.is_file() => {
            return Err(IndexError::Foreign {
                path: path.to_owned(),
                found: "no file".into(),
            });
        }
        Ok(_) => {}
    }
    match Index::with(path, OpenFlags::SQLITE_OPEN_READ_WRITE) {
        Err(error @ (IndexError::Newer { .. } | IndexError::Foreign { .. })) => return Err(error),
        // Of a file that is no database only the name tells that it was one.
        Err(IndexError::Damaged { .. })
            if !is_database(path) && path.extension().is_none_or(|ending| ending != "sqlite") =>
        {
            return Err(IndexError::Foreign {
                path: path.to_owned(),
                found: "a file that is no database".into(),
            });
        }
        _ => {}
    }
    renamed(path).map(Some).map_err(io)
}

/// Whether a file begins as SQLite's do.
fn is_database(path: &Path) -> bool {
    use std::io::Read;
    let mut start = [0; 16];
    let read = genrenet_files::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && start == *b"SQLite format 3\0"
}

fn renamed(path: &Path) -> std::io::Result<PathBuf> {
    let day = jiff::Timestamp::now().strftime("%Y%m%d-%H%M%S").to_string();
    let beside = |ending: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    // With the ending of databases, which a scan passes over.
    let free = (0..).map(|n| match n {
        0 => format!(".{day}.sqlite"),
        n => format!(".{day}-{n}.sqlite"),
    });
    let mut free = free.filter(|ending| !beside(ending).exists());
    let ending = free.next().unwrap_or_default();
    // The log first: without its database it is nothing, but a new database must not find the old one's.
    for part in ["-wal", "-shm"] {
        match genrenet_files::rename(&beside(part), &beside(&format!("{ending}{part}"))) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    genrenet_files::rename(path, &beside(&ending))?;
    Ok(beside(&ending))
}
