//! A terminal that a test looks at.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::process::{Command, ExitStatus, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// Rows of the terminal: enough that nothing leaves it.
const ROWS: u16 = 100;

/// What a program did on a terminal.
pub struct Shown {
    pub status: ExitStatus,
    /// All that it wrote, as the terminal got it.
    pub bytes: Vec<u8>,
    columns: u16,
}

/// Runs a program with a terminal of so many columns as its standard output and standard error.
pub fn on_terminal(command: &mut Command, columns: u16) -> Shown {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap();
    let name = std::ffi::OsStr::from_bytes(name.to_bytes());
    let program_side = OpenOptions::new()
        .read(true)
        .write(true)
        .open(name)
        .unwrap();
    let size = Winsize {
        ws_row: ROWS,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&program_side, size).unwrap();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(program_side.try_clone().unwrap())
        .stderr(program_side)
        .spawn()
        .unwrap();
    // The command keeps its copies of the terminal; without them reading ends with the program.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    let mut from = File::from(terminal);
    // Linux reports the end as an error.
    while let Ok(count @ 1..) = from.read(&mut chunk) {
        bytes.extend(&chunk[..count]);
    }
    Shown {
        status: child.wait().unwrap(),
        bytes,
        columns,
    }
}

impl Shown {
    /// The lines on the screen at the end; a line that is wider than the screen is one line.
    pub fn lines(&self) -> Vec<String> {
        let mut states = self.states();
        states.pop().unwrap_or_default()
    }

    /// The lines on the screen after every byte, without states that repeat.
    pub fn states(&self) -> Vec<Vec<String>> {
        let [rows, columns] = [ROWS, self.columns].map(|n| n.try_into().unwrap());
        let mut terminal = vt100::Parser::new(rows, columns, 0);
        let mut states: Vec<Vec<String>> = Vec::new();
        for &byte in &self.bytes {
            terminal.process(&[byte]);
            let contents = terminal.screen().contents();
            let lines = contents.lines().map(|line| line.trim_end().to_owned());
            let lines: Vec<String> = lines.filter(|line| !line.is_empty()).collect();
            if states.last() != Some(&lines) {
                states.push(lines);
            }
        }
        states
    }
}
