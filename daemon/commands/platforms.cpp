#include <algorithm>
#include <iostream>
#include <iterator>
#include <vector>

#include "config/nearest.h"
#include "config/presets/platform.h"
#include "config/yaml/files.h"
#include "daemon/check/printable.h"
#include "daemon/commands/subcommands.h"

namespace tillwatch {
namespace {

using namespace config::reading;

constexpr std::size_t line_width = 96;
constexpr std::size_t label_width = 11;  // "  product  "

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string padded_to(std::string text, std::size_t width) {
  const std::size_t used = characters(text);
  if (used < width) text.append(width - used, ' ');
  return text;
}

// `head`, then the words of `text` in lines that all begin where the first one does.
std::string wrapped(const std::string& head, std::string_view text) {
  const std::size_t indent = characters(head);
  std::string out = head;
  std::size_t used = indent;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const bool first = used == indent;
    if (!first && used + 1 + characters(word) > line_width) {
      out += '\n' + std::string(indent, ' ');
      used = indent;
    } else if (!first) {
      out += ' ';
      ++used;
    }
    out += word;
    used += characters(word);
  }
  return out + '\n';
}

// A label in the margin, beside its first line only.
class Section {
 public:
  Section(std::string& out, const std::string& label)
      : out_(out), margin_(padded_to("  " + label, label_width)) {}

  void line(const std::string& head, std::string_view text) {
    out_ += wrapped(margin_ + head, text);
    margin_.assign(label_width, ' ');
  }

 private:
  std::string& out_;
  std::string margin_;
};

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

void write_product(std::string& out, const Platform& platform) {
  std::size_t width = 0;
  for (const ProductField& field : platform.product) width = std::max(width, field.name.size());
  Section section(out, "product");
  for (const bool required : {true, false}) {
    for (const ProductField& field : platform.product) {
      if (field.required != required) continue;
      section.line(padded_to(field.name, width + 2),
                   printable(field.about) + (field.required ? "" : " (optional)"));
    }
  }
}

void write_variables(std::string& out, const Platform& platform) {
  std::size_t width = 0;
  std::vector<std::string> given;
  for (const PlatformVariable& variable : platform.variables) {
    if (variable.otherwise) {
      given.push_back(variable.name);
    } else {
      width = std::max(width, variable.name.size());
    }
  }
  Section section(out, "needs");
  for (const PlatformVariable& variable : platform.variables) {
    if (variable.otherwise) continue;
    section.line(padded_to(variable.name, width + 2),
                 printable(variable.about) + " (a variable of the store)");
  }
  if (!given.empty()) Section(out, "may set").line("", joined(given));
}

const std::filesystem::path* own_file(const Platforms& platforms, std::string_view wanted) {
  for (const auto& path : platforms.files()) {
    if (path.stem().string() == wanted) return &path;
  }
  return nullptr;
}

const config::BuiltinFile* built_in(std::string_view wanted) {
  for (const config::BuiltinFile& one : config::builtin_platforms()) {
    if (one.name == wanted) return &one;
  }
  return nullptr;
}

void write_platform(std::string& out, const Platform& platform, const std::filesystem::path* file) {
  out += platform.name + ": " + printable(platform.title) + '\n';
  if (!platform.about.empty()) out += wrapped("  ", printable(platform.about));
  std::vector<std::string> types;
  for (const auto& [type, plan] : platform.plans) types.emplace_back(name(type));
  Section(out, "probes").line("", joined(types));
  write_product(out, platform);
  write_variables(out, platform);
  if (file != nullptr) {
    const bool overrides = built_in(platform.name) != nullptr;
    Section(out, "file")
        .line("", printable(file->string()) + (overrides ? " (in place of the built-in one)" : ""));
  }
  out += '\n';
}

std::vector<std::string> names_in_order(const Platforms& platforms) {
  std::vector<std::string> names;
  for (const std::string_view name : platforms.names()) {
    if (name != custom_platform) names.emplace_back(name);
  }
  std::ranges::sort(names);
  return names;
}

int list(Platforms& platforms, Problems& problems) {
  std::string out;
  for (const std::string& name : names_in_order(platforms)) {
    write_platform(out, platforms.head(name), own_file(platforms, name));
  }
  problems.throw_if_any(config::Redactor());
  out += "custom: any other store\n";
  out +=
      wrapped("  ", "its product has the fields and its probes have the steps that you give them");
  std::cout << out << "\n`tillwatch platforms show NAME` prints a platform's file.\n";
  return 0;
}

int show(const Platforms& platforms, const std::string& wanted, Problems& problems) {
  problems.throw_if_any(config::Redactor());
  if (const auto* path = own_file(platforms, wanted)) {
    const auto text = read_file(*path, problems.file(path->string()), problems);
    problems.throw_if_any(config::Redactor());
    std::cout << text.value_or("");
    return 0;
  }
  if (const auto* platform = built_in(wanted)) {
    std::cout << platform->text;
    return 0;
  }
  std::string why;
  if (wanted == custom_platform) {
    why = "`custom` has no file: a store of that platform gives its probes their steps";
  } else {
    const auto names = names_in_order(platforms);
    const std::vector<std::string_view> known(names.begin(), names.end());
    const std::string near = hint(wanted, known);
    why = "there is no platform `" + printable(wanted) + "`" + near;
  }
  std::cerr << "tillwatch platforms: " << why << "\n`tillwatch platforms` lists them.\n";
  return usage_error;
}

}  // namespace

int platforms(const Options& options) {
  Problems problems;
  Platforms platforms(options.platforms, problems);
  return options.platform.empty() ? list(platforms, problems)
                                  : show(platforms, options.platform, problems);
}

}  // namespace tillwatch
