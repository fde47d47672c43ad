//! `sim init`: write a commented scenario to start from.

use crate::cli::args::InitArgs;
use crate::cli::exit::{Failure, print};
use crate::scenario::json_schema;
use std::fmt::Write;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

/// The schema that editors look for beside a scenario.
const SCHEMA: &str = "scenario.schema.json";

/// A ready-made scenario. It is one of `scenarios/`, so every template is also an example that runs.
struct Template {
    name: &'static str,
    about: &'static str,
    text: &'static str,
}

const TEMPLATES: &[Template] = &[
    Template {
        name: "canary",
        about: "a fraud model; all-at-once, canary, linear and shadow against three regressions",
        text: include_str!("../../scenarios/fraud-canary.toml"),
    },
    Template {
        name: "linear",
        about: "a recommender that slows under load; linear steps against a canary",
        text: include_str!("../../scenarios/recommender-linear-capacity.toml"),
    },
    Template {
        name: "shadow",
        about: "a churn model tried as a shadow, then promoted",
        text: include_str!("../../scenarios/churn-shadow.toml"),
    },
    Template {
        name: "candidates",
        about: "three candidates on one endpoint, one of them broken by the wrong algorithm",
        text: include_str!("../../scenarios/weather-endpoint.toml"),
    },
    Template {
        name: "notebook",
        about: "SageMaker's canary notebook with the alarm that cannot see its bad model",
        text: include_str!("../../scenarios/sagemaker-notebook-canary.toml"),
    },
];

/// Runs the command.
pub(super) fn init(args: &InitArgs) -> Result<(), Failure> {
    if args.list {
        return print(&list());
    }
    let template = find(&args.template)?;
    let path = args.output.clone().unwrap_or_else(|| format!("{}.toml", template.name).into());
    let text = renamed(template, &path);
    write(&path, &text, args.force)?;
    let schema = path.parent().unwrap_or(Path::new("")).join(SCHEMA);
    // The schema is the same for every scenario, so one that is there already is as good or older.
    write(&schema, &json_schema(), true)?;
    print(&format!(
        "Wrote {}, and {} for your editor.\nNext: sim check {0}, then sim run {0}\n",
        path.display(),
        schema.display(),
    ))
}

/// The template with a name of its own, so that its results go to a folder of their own.
fn renamed(template: &Template, path: &Path) -> String {
    let text = template.text.replacen("../scenario.schema.json", "./scenario.schema.json", 1);
    let name = path.file_stem().map_or("scenario".into(), |stem| stem.to_string_lossy());
    let line = |line: &str| {
        if line.starts_with("name = ") { format!("name = {name:?}") } else { line.to_owned() }
    };
    let (head, rest) = text.split_once("[experiment]").unwrap_or((&text, ""));
    let head: Vec<String> = head.lines().map(line).collect();
    format!("{}\n[experiment]{rest}", head.join("\n"))
}

fn list() -> String {
    TEMPLATES.iter().fold(String::new(), |mut text, template| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{:<12}{}", template.name, template.about);
        text
    })
}

fn find(name: &str) -> Result<&'static Template, Failure> {
    TEMPLATES.iter().find(|template| template.name == name).ok_or_else(|| {
        let names: Vec<&str> = TEMPLATES.iter().map(|template| template.name).collect();
        Failure::BadInput(format!(
            "error: there is no template `{name}`\nhelp: choose one of {}",
            names.join(", ")
        ))
    })
}

fn write(path: &PathBuf, text: &str, force: bool) -> Result<(), Failure> {
    let mut how = OpenOptions::new();
    how.write(true);
    if force {
        how.create(true).truncate(true);
    } else {
        how.create_new(true);
    }
    let written = how.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| {
        let path = path.display();
        match error.kind() {
            ErrorKind::AlreadyExists => Failure::BadInput(format!(
                "error: {path} exists already\nhelp: name another file with -o, or overwrite it with \
                 --force"
            )),
            _ => Failure::BadInput(format!("error: cannot write {path}: {error}")),
        }
    })
}
