#include "config/expressions/jq.h"

#include <string>

#include "config/currency.h"
#include "config/expressions/jq_text.h"
#include "config/expressions/json.h"
#include "config/expressions/shared.h"
#include "config/utf8.h"

extern "C" {
#include <jq.h>
}

namespace tillwatch::config {
namespace {

// Input of every program: [body, variables]. On one line, so that jq counts the user's lines.
constexpr std::string_view prologue =
    "def in_words: (. | if . < 0 then 0 else floor end) as $s | "
    "[[$s / 86400, \"d\"], [$s % 86400 / 3600, \"h\"], [$s % 3600 / 60, \"min\"], "
    "[$s % 60, \"s\"] | .[0] |= floor] | [.[] | select(.[0] > 0)][:2] | "
    "map(\"\\(.[0]) \\(.[1])\") | if length == 0 then \"0 s\" else join(\" \") end; "
    "null as $ENV | .[1] as $tw | $tw.store as $store | $tw.product as $product | "
    "$tw.variables as $variables | $tw.captured as $captured | $tw.run as $run | "
    "$tw.step as $step | $tw.written as $__written | ";

// Compiled only into a program that speaks of them: each definition costs time.
struct Helper {
  std::string_view word;
  std::string definitions;
};
const std::vector<Helper>& helpers() {
  static const std::vector<Helper> all{
      // Prices in the minor units of their currency: 11.9001, "11.90" and 11.899999 are one.
      {"minor", "def minor(price; currency): (" + minor_digits_as_json() +
                    "[currency // \"\"] // 2) as $digits | price | "
                    "if type == \"number\" then . "
                    "elif type == \"string\" and test(\"^\\\\s*[+-]?[0-9]+([.][0-9]*)?\\\\s*$\") "
                    "then (gsub(\"[\\\\s+]\"; \"\") | tonumber) "
                    "else error(\"\\(tojson) is no price\") end | "
                    ". * [1, 10, 100, 1000, 10000][$digits] | round; "
                    "def minor(price): minor(price; $product.currency); "
                    "def same_price(one; other; currency): one as $one | other as $other | "
                    "if $one == null or $other == null then false "
                    "else minor($one; currency) == minor($other; currency) end; "
                    "def same_price(one; other): same_price(one; other; $product.currency); "},
      // "%1" of a list, "%name" of an object; the longest name first, and no value is filled again.
      {"fill",
       "def fill(message; parameters): message as $message | "
       "(parameters | if type == \"array\" then to_entries | map({key: (.key + 1 | tostring), "
       "value}) elif type == \"object\" then to_entries else [] end | sort_by(-(.key | length))) "
       "as $values | if ($message | type) != \"string\" then $message else ($message / \"%\") | "
       "(.[0] // \"\") as $first | reduce .[1:][] as $part ($first; . as $done | "
       "([$values[] | select(.key as $key | $part | startswith($key))][0]) as $found | "
       "if $found == null then $done + \"%\" + $part else $done + ($found.value | "
       "if type == \"string\" then . elif . == null then \"\" else tojson end) + "
       "$part[($found.key | length):] end) end; "}};
  return all;
}

std::string program_of(const std::string& expression) {
  std::string program(prologue);
  for (const Helper& helper : helpers()) {
    const bool used = expression.find(helper.word) != expression.npos ||
                      (helper.word == "minor" && expression.find("same_price") != expression.npos);
    if (used) program += helper.definitions;
  }
  return program + ".[0] | (" + expression + "\n)";
}

std::string one_line(std::string_view text, std::size_t bytes) {
  std::string line = to_utf8(text.substr(0, 4 * bytes));
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  return std::string(cut_utf8(line, bytes));
}

void remove_first(std::string& text, std::string_view part) {
  if (const auto at = text.find(part); at != text.npos) text.erase(at, part.size());
}

// "jq: error: $x is not defined at <top-level>, line 1:\n<the whole program>" -> the words alone.
std::string compiler_words(std::string message) {
  const auto place = message.find(" at <top-level>, line ");
  std::string line;
  if (place != message.npos) {
    line = message.substr(place + std::string_view(" at <top-level>, ").size());
    line = line.substr(0, line.find_first_of(":,\n"));
    message.erase(place);
  }
  remove_first(message, "jq: error: ");
  remove_first(message, " (Unix shell quoting issues?)");
  if (!line.empty() && line != "line 1") message += " (" + line + ")";
  return one_line(message, 300);
}

// The first error counts; jq then goes on to say how many there were.
void keep_first(void* into, jv message) {
  auto& kept = *static_cast<std::string*>(into);
  const Jv text(jq_format_error(message));
  if (kept.empty() && jv_get_kind(text.get()) == JV_KIND_STRING) kept = jv_string_value(text.get());
}

std::string words_of_error(jv message) {
  if (jv_get_kind(message) == JV_KIND_STRING) return one_line(jv_string_value(message), 300);
  const Jv dumped(jv_dump_string(jv_copy(message), 0));
  return one_line(jv_string_value(dumped.get()), 300);
}

bool is_truthy(jv value) {
  const jv_kind kind = jv_get_kind(value);
  return kind != JV_KIND_INVALID && kind != JV_KIND_NULL && kind != JV_KIND_FALSE;
}

}  // namespace

struct Jq::Program {
  Program() : state(jq_init()) {
    if (!state) throw std::bad_alloc();
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() { jq_teardown(&state); }

  // The first output, or an invalid value.
  Jv first(const Jv& input, const Jv& variables) const {
    jv both = jv_array_sized(2);
    both = jv_array_append(both, input.copy());
    both = jv_array_append(both, variables.copy());
    jq_start(state, both, 0);
    Jv output(jq_next(state));
    jq_start(state, jv_null(), 0);  // lets go of the input
    return output;
  }

  jq_state* state;
};

Jq::Jq() = default;
Jq::~Jq() = default;

std::shared_ptr<const Jq> Jq::compile(std::string_view text) {
  static SharedByText<Jq> programs;
  return programs.get(text, [&] {
    if (text.find_first_not_of(" \t\r\n") == text.npos) {
      throw ExpressionError("the expression is empty");
    }
    JqText translated = translate_jq(text);
    auto program = std::make_unique<Program>();
    std::string error;
    jq_set_error_cb(program->state, keep_first, &error);
    const std::string code = program_of(translated.program);
    const bool compiled = jq_compile(program->state, code.c_str()) != 0;
    jq_set_error_cb(
        program->state, [](void*, jv message) { jv_free(message); }, nullptr);
    if (!compiled) throw ExpressionError(compiler_words(std::move(error)));
    std::shared_ptr<Jq> result(new Jq);
    result->text_ = text;
    result->names_ = std::move(translated.names);
    result->program_ = std::move(program);
    return std::shared_ptr<const Jq>(std::move(result));
  });
}

bool Jq::Result::truthy() const {
  return value && !value->is_null() && !(value->is_bool() && !value->get_bool());
}

Jq::Result Jq::run(const JsonDocument& input, const JsonDocument& variables) const {
  Jv output = program_->first(input.handle_->value, variables.handle_->value);
  Result result;
  if (jv_is_valid(output.get())) {
    result.value = from_jv(output.get());
    if (!result.value) result.error = "the result is too large";
  } else if (const Jv message(jv_invalid_get_msg(output.give()));
             jv_get_kind(message.get()) != JV_KIND_NULL) {
    result.error = words_of_error(message.get());
  }
  return result;
}

bool Jq::holds(const JsonDocument& input, const JsonDocument& variables, std::string& error) const {
  Jv output = program_->first(input.handle_->value, variables.handle_->value);
  if (jv_is_valid(output.get())) return is_truthy(output.get());
  const Jv message(jv_invalid_get_msg(output.give()));
  if (jv_get_kind(message.get()) != JV_KIND_NULL) error = words_of_error(message.get());
  return false;
}

}  // namespace tillwatch::config
