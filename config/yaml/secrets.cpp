#include "config/yaml/secrets.h"

#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include "config/template.h"
#include "config/yaml/text.h"
#include "config/yaml/values.h"

namespace tillwatch::config::reading {
namespace {

constexpr std::size_t longest_secret = 64U << 10;

// A secret's value, or why there is none.
struct Found {
  std::optional<std::string> value;
  std::string why;
};

Found of_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return {std::nullopt, "the environment has no variable of that name"};
  return {std::string(value), {}};
}

Found of_file(const std::filesystem::path& path) {
  std::error_code error;
  std::ifstream stream(path, std::ios::binary);
  if (!stream || std::filesystem::is_directory(path, error)) {
    return {std::nullopt, "the file cannot be read"};
  }
  std::string value(longest_secret + 1, '\0');
  stream.read(value.data(), static_cast<std::streamsize>(value.size()));
  value.resize(static_cast<std::size_t>(stream.gcount()));
  if (value.size() > longest_secret) return {std::nullopt, "the file is larger than 64 KiB"};
  while (!value.empty() && (value.back() == '\n' || value.back() == '\r')) value.pop_back();
  return {std::move(value), {}};
}

// systemd calls the files of a folder by `tillwatch_` and their names (the packaged unit passes
// one). To a command in a shell it passes nothing: there the folder beside the configuration
// counts.
Found of_credential(const std::string& name, const std::filesystem::path& folder) {
  if (name.find('/') != std::string::npos || name == "..") {
    return {std::nullopt, "a credential's name holds no `/`"};
  }
  const char* passed = std::getenv("CREDENTIALS_DIRECTORY");
  if (passed == nullptr) {
    Found found = of_file(folder / "credentials" / name);
    if (found.value) return found;
    return {std::nullopt, "systemd has passed no credentials (CREDENTIALS_DIRECTORY is not set)"};
  }
  Found found = of_file(std::filesystem::path(passed) / name);
  return found.value ? found : of_file(std::filesystem::path(passed) / ("tillwatch_" + name));
}

Found look_up(std::string_view reference, const std::filesystem::path& folder) {
  const auto colon = reference.find(':');
  const std::string_view kind = reference.substr(0, colon);
  const std::string name(colon == reference.npos ? std::string_view()
                                                 : reference.substr(colon + 1));
  Found found;
  if (name.empty() || (kind != "env" && kind != "file" && kind != "credential")) {
    return {std::nullopt,
            "write `${env:NAME}`, `${file:PATH}` or `${credential:NAME}`, or `$${` for a plain "
            "`${`"};
  }
  if (kind == "env") found = of_environment(name);
  if (kind == "file") found = of_file(folder / name);
  if (kind == "credential") found = of_credential(name, folder);
  if (found.value && found.value->empty()) return {std::nullopt, "the secret is empty"};
  if (found.value && first_bad_byte(*found.value)) {
    return {std::nullopt, "the secret is not UTF-8 text"};
  }
  return found;
}

class Resolver {
 public:
  Resolver(const std::filesystem::path& folder, Redactor& redactor, Problems& problems)
      : folder_(folder), redactor_(redactor), problems_(problems) {}

  void resolve(Node& node) {
    const std::size_t before = problems_.count();
    std::string result;
    std::string_view rest = node.text;
    for (auto at = rest.find("${"); at != rest.npos; at = rest.find("${")) {
      if (at > 0 && rest[at - 1] == '$') {
        result.append(rest.substr(0, at - 1)).append("${");
        rest.remove_prefix(at + 2);
        continue;
      }
      result += rest.substr(0, at);
      rest.remove_prefix(at);
      rest.remove_prefix(replace(node, rest, result));
    }
    node.text = result.append(rest);
    if (node.secret) hide_number(node.text);
    if (problems_.count() > before) {
      node.secret = true;
      problems_.silence(node.place);
    }
  }

 private:
  // Appends the value of the reference at the front of `rest`; how many bytes that was.
  std::size_t replace(Node& node, std::string_view rest, std::string& into) {
    const auto end = rest.find('}');
    const std::string_view reference = rest.substr(0, end == rest.npos ? end : end + 1);
    if (end == rest.npos) {
      problems_.add(node.place, in_backticks(reference) + " lacks its `}`");
      return reference.size();
    }
    const Found found = look_up(reference.substr(2, end - 2), folder_);
    if (found.value) {
      redactor_.add_secret(*found.value);
      node.secret = true;
      into += *found.value;
    } else {
      problems_.add(node.place, in_backticks(reference) + ": " + found.why);
    }
    return reference.size();
  }

  // Where a number is asked for, it may be printed in another way than the secret writes it.
  void hide_number(const std::string& text) {
    if (const auto whole = whole_number(text)) redactor_.add_secret(std::to_string(*whole));
    if (const auto number = finite_number(text)) redactor_.add_secret(plain_text(*number));
  }

  const std::filesystem::path& folder_;
  Redactor& redactor_;
  Problems& problems_;
};

}  // namespace

void resolve_secrets(Document& document, const std::filesystem::path& folder, Redactor& redactor,
                     Problems& problems) {
  Resolver resolver(folder, redactor, problems);
  for (Node& node : document.nodes()) {
    if (node.is_scalar() && node.text.find("${") != std::string::npos) resolver.resolve(node);
  }
}

}  // namespace tillwatch::config::reading
