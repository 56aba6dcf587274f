//! [`configuration_page`]: `docs/configuration.md`, made of the settings struct.

use super::Settings;

/// The whole page. A test keeps the file equal to it; `UPDATE=1` makes the test write it.
pub fn configuration_page() -> String {
    let defaults = toml::Table::try_from(Settings::default()).expect("settings are plain data");
    let mut page = String::from(
        "# Configuration\n\n\
         Everything has a default: `basalt start` needs no configuration. Settings come from a TOML file named by\n\
         `--config FILE`, and some of them from the command line, which wins (`basalt start --help`). An unknown\n\
         key refuses to start and names the nearest known one. Sizes are written `512MiB`, durations `10s`.\n\n\
         This page is made from `server/src/config/settings.rs`: `UPDATE=1 cargo test -p server --test configuration`\n\
         writes it.\n",
    );
    for setting in Settings::texts() {
        let default = defaults.get(setting.key).map(toml::Value::to_string).unwrap_or_default();
        page.push_str(&format!(
            "\n## `{}`\n\n{}\n\nDefault: `{default}`\n",
            setting.key,
            wrap(&setting.text)
        ));
    }
    page.push_str("\n## All of it\n\n```toml\n");
    page.push_str(&toml::to_string(&Settings::default()).expect("settings are plain data"));
    page.push_str("```\n");
    page
}

/// `text` in lines of at most 110 characters.
fn wrap(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("never empty");
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > 110 {
            lines.push(word.to_string());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_every_setting_with_its_default() {
        let page = configuration_page();
        assert!(page.contains("## `native_address`"));
        assert!(page.contains("Default: `\"127.0.0.1:9042\"`"));
        assert!(page.contains("Default: `false`"));
    }
}
