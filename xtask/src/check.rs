//! `cargo xtask check`: everything that must hold, step by step, the quick ones first; the first failure ends it.
//! `--quick` leaves out what takes longer than a pause for thought: documentation and the tests of whole programs.

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::command::cargo;
use crate::{browser, deny, docs, layers, modules, prose, recipes, wheel};

/// What a step does.
enum Work {
    /// Runs cargo with these arguments.
    Cargo(&'static [&'static str]),
    /// Looks at the files and returns faults.
    Look(fn(&Path) -> Vec<String>),
}

struct Step {
    name: &'static str,
    about: &'static str,
    work: Work,
    when: When,
}

/// Which run takes a step where none is named.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    Always,
    /// Only `--quick`: the whole check does the same within another step.
    Quick,
    /// Only the whole check.
    Whole,
}

/// How long both take, measured on two cores of a shared machine with nothing else to do: the first line that is printed.
const TIMES: &str = "30 minutes on two cores with everything to build, 15 where dependencies are built; --quick leaves out deny, docs \
                     and the tests of whole programs";

const STEPS: [Step; 12] = [
    Step {
        name: "format",
        about: "every file is formatted by rustfmt",
        work: Work::Cargo(&["fmt", "--all", "--check"]),
        when: When::Always,
    },
    Step {
        name: "layers",
        about: "every crate uses only those below it",
        work: Work::Look(layers::check),
        when: When::Always,
    },
    Step {
        name: "modules",
        about: "every file of the sources and tests is compiled",
        work: Work::Look(modules::check),
        when: When::Always,
    },
    Step {
        name: "prose",
        about: "no dead links, no overlong files",
        work: Work::Look(prose::check),
        when: When::Always,
    },
    Step {
        name: "recipes",
        about: "docs/RECIPES.md says what the types of a recipe say",
        work: Work::Look(recipes::check),
        when: When::Always,
    },
    Step {
        name: "lint",
        about: "clippy has nothing to say",
        work: Work::Cargo(&[
            "clippy",
            "--keep-going",
            "--locked",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ]),
        when: When::Always,
    },
    Step {
        name: "deny",
        about: "every dependency has a permissive licence, a known source and a place in deny.toml",
        work: Work::Look(deny::check),
        when: When::Whole,
    },
    Step {
        name: "docs",
        about: "every public item is documented and every link in the built pages holds",
        work: Work::Look(docs::check),
        when: When::Whole,
    },
    Step {
        name: "units",
        about: "the unit tests of every crate pass",
        work: Work::Cargo(&["test", "--locked", "--workspace", "--lib", "--quiet"]),
        when: When::Quick,
    },
    Step {
        name: "tests",
        about: "all tests and the examples in the documentation pass",
        work: Work::Cargo(&["test", "--locked", "--workspace", "--quiet"]),
        when: When::Whole,
    },
    Step {
        name: "python",
        about: "the tests of the Python package and the examples of its docstrings pass",
        work: Work::Look(wheel::check),
        when: When::Whole,
    },
    Step {
        name: "browser",
        about: "the page answers as the program does, in a real browser where there is one",
        work: Work::Look(browser::check),
        when: When::Whole,
    },
];

/// Runs the steps that are named, or all, or with `--quick` the quick ones; returns the exit code.
pub fn run(root: &Path, arguments: &[String]) -> ExitCode {
    let (flags, named): (Vec<&String>, Vec<&String>) =
        arguments.iter().partition(|word| *word == "--quick");
    let quick = !flags.is_empty();
    if let Some(unknown) = named.iter().find(|n| STEPS.iter().all(|s| s.name != **n)) {
        let names: Vec<&str> = STEPS.iter().map(|s| s.name).collect();
        eprintln!(
            "there is no step `{unknown}`; the steps are {}",
            names.join(", ")
        );
        return ExitCode::from(2);
    }
    let steps: Vec<&Step> = STEPS
        .iter()
        .filter(|s| match (named.is_empty(), s.when) {
            (false, _) => named.iter().any(|n| *n == s.name),
            (true, When::Always) => true,
            (true, when) => (when == When::Quick) == quick,
        })
        .collect();
    if named.is_empty() {
        println!("check: {TIMES}");
    }
    let start = Instant::now();
    let mut times = Vec::new();
    for (i, step) in steps.iter().enumerate() {
        println!("── {}/{} {}: {}", i + 1, steps.len(), step.name, step.about);
        let began = Instant::now();
        if let Err(fault) = step.run(root) {
            println!("{fault}");
            println!(
                "check: FAILED at {} after {}; again: cargo xtask check {}",
                step.name,
                span(start.elapsed()),
                step.name
            );
            return ExitCode::FAILURE;
        }
        println!("   {} passed in {}", step.name, span(began.elapsed()));
        times.push(format!("{} {}", step.name, span(began.elapsed())));
    }
    println!(
        "check: all passed in {} ({})",
        span(start.elapsed()),
        times.join(", ")
    );
    ExitCode::SUCCESS
}

impl Step {
    fn run(&self, root: &Path) -> Result<(), String> {
        match &self.work {
            Work::Look(look) => match look(root) {
                faults if faults.is_empty() => Ok(()),
                faults => Err(faults.join("\n")),
            },
            Work::Cargo(arguments) => cargo(root, arguments),
        }
    }
}

/// A time in words: `8.3 s`, `4 min 12 s`.
fn span(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 60.0 {
        return format!("{seconds:.1} s");
    }
    format!("{} min {:02} s", time.as_secs() / 60, time.as_secs() % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_steps_are_refused_and_quick_ones_run() {
        let root = crate::root();
        let code = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|n| n.to_string()).collect();
            format!("{:?}", run(&root, &names))
        };
        assert_eq!(code(&["nonsense"]), format!("{:?}", ExitCode::from(2)));
        assert_eq!(code(&["layers"]), format!("{:?}", ExitCode::SUCCESS));
        assert_eq!(span(Duration::from_millis(8340)), "8.3 s");
        assert_eq!(span(Duration::from_secs(252)), "4 min 12 s");
    }

    #[test]
    fn a_fault_fails_the_step() {
        fn fault(_: &Path) -> Vec<String> {
            vec!["a".into(), "b".into()]
        }
        let step = Step {
            name: "x",
            about: "",
            work: Work::Look(fault),
            when: When::Always,
        };
        assert_eq!(step.run(Path::new(".")), Err("a\nb".into()));
        let step = Step {
            name: "x",
            about: "",
            work: Work::Cargo(&["no-such-command-of-cargo"]),
            when: When::Always,
        };
        assert!(step.run(&crate::root()).is_err());
    }
}
