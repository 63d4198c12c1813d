//! Where SQL may stand, and that no statement on tenants' data forgets the tenant.

use super::{Source, code, enforce, sources};

fn sql_elsewhere(files: &[Source]) -> Vec<String> {
    let is_room = |path: &str| path.starts_with("src/chat/") || path.starts_with("src/database/");
    let speaks_sql = |text: &str| {
        [
            "query!",
            "query_as!",
            "query_scalar!",
            "sqlx::query",
            "QueryBuilder",
            "raw_sql",
        ]
        .iter()
        .any(|word| text.contains(word))
    };
    let outside = files
        .iter()
        .filter(|file| !is_room(&file.path) && speaks_sql(&code(&file.text)));
    outside
        .map(|file| format!("{}: SQL belongs in chat/ and database/", file.path))
        .collect()
}

#[test]
fn sql_stands_in_chat_and_database_only() {
    let bad = [
        ("src/rest/a.rs", "sqlx::query!(\"SELECT 1\")"),
        ("src/node.rs", "query_scalar!(\"SELECT 1\")"),
    ];
    enforce(sql_elsewhere, &bad, &sources("src", &[".rs"]));
}

/// The tables with a column `app_id`, from the migrations.
fn tenant_tables() -> Vec<String> {
    let mut tables = Vec::new();
    for migration in sources("migrations", &[".sql"]) {
        for definition in migration.text.split("CREATE TABLE ").skip(1) {
            let (name, columns) = definition.split_once('(').expect("columns");
            if columns
                .split(';')
                .next()
                .unwrap_or_default()
                .contains("app_id")
            {
                tables.push(name.trim_start_matches("IF NOT EXISTS").trim().to_owned());
            }
        }
    }
    assert!(tables.len() >= 5, "only {tables:?}");
    tables
}

/// The statements of a file: the first string of each query macro or function.
fn statements(text: &str) -> Vec<String> {
    let code = code(text);
    let calls = [
        "query!(",
        "query_as!(",
        "query_scalar!(",
        "query(",
        "query_as(",
        "query_scalar(",
    ];
    let mut starts: Vec<usize> = calls
        .iter()
        .flat_map(|call| code.match_indices(call).map(|(at, _)| at))
        .collect();
    starts.sort_unstable();
    let mut ends = starts[1.min(starts.len())..].to_vec();
    ends.push(code.len());
    let statement = |(start, end): (usize, usize)| {
        let call = &code[start..end];
        let (_, quoted) = call.split_once('"')?;
        let close = if call.contains("r#\"") { "\"#" } else { "\"" };
        Some(quoted.split(close).next().unwrap_or(quoted).to_owned())
    };
    starts.into_iter().zip(ends).filter_map(statement).collect()
}

fn tenants_forgotten(files: &[Source]) -> Vec<String> {
    let tables = tenant_tables();
    let mut complaints = Vec::new();
    for file in files {
        for statement in statements(&file.text) {
            let words: Vec<&str> = statement
                .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
                .collect();
            let touches = tables.iter().find(|table| words.contains(&table.as_str()));
            if let Some(table) = touches.filter(|_| !words.contains(&"app_id")) {
                complaints.push(format!(
                    "{}: touches {table} and names no app_id: {statement}",
                    file.path
                ));
            }
        }
    }
    complaints
}

#[test]
fn every_statement_on_tenant_data_names_the_tenant() {
    let bad = [
        (
            "src/chat/a.rs",
            "sqlx::query!(\"DELETE FROM messages WHERE id = $1\", id)",
        ),
        (
            "src/chat/a.rs",
            "sqlx::query_as!(\n    User,\n    r#\"SELECT id AS \"id: UserId\" FROM users\"#,\n)",
        ),
    ];
    let house = sources("src", &[".rs"]);
    let seen: usize = house.iter().map(|file| statements(&file.text).len()).sum();
    assert!(seen >= 15, "only {seen} statements were found");
    enforce(tenants_forgotten, &bad, &house);
}

fn wasmtime_elsewhere(files: &[Source]) -> Vec<String> {
    let outside = files.iter().filter(|file| {
        !file.path.starts_with("src/hooks/") && code(&file.text).contains("wasmtime")
    });
    outside
        .map(|file| format!("{}: wasmtime belongs in hooks/", file.path))
        .collect()
}

#[test]
fn wasmtime_stands_in_hooks_only() {
    enforce(
        wasmtime_elsewhere,
        &[("src/chat/a.rs", "use wasmtime::Engine;")],
        &sources("src", &[".rs"]),
    );
}
