#include "config/expressions/jq.h"

#include <algorithm>
#include <span>
#include <string>
#include <utility>

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

constexpr std::size_t most_together = 64;  // expressions

// Input of every program: [body, variables, the expression's number]. On one line, so that jq
// counts the user's lines.
constexpr std::string_view prologue =
    "def in_words: (. | if . < 0 then 0 else floor end) as $s | "
    "[[$s / 86400, \"d\"], [$s % 86400 / 3600, \"h\"], [$s % 3600 / 60, \"min\"], "
    "[$s % 60, \"s\"] | .[0] |= floor] | [.[] | select(.[0] > 0)][:2] | "
    "map(\"\\(.[0]) \\(.[1])\") | if length == 0 then \"0 s\" else join(\" \") end; "
    "null as $ENV | .[1] as $tw | $tw.store as $store | $tw.product as $product | "
    "$tw.variables as $variables | $tw.captured as $captured | $tw.run as $run | "
    "$tw.step as $step | $tw.written as $written | ";

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

bool speaks_of(const std::string& expression, const Helper& helper) {
  return expression.find(helper.word) != expression.npos ||
         (helper.word == "minor" && expression.find("same_price") != expression.npos);
}

// The call of the expression whose number `$__tw` is, of those from `first` to before `end`.
std::string choice(std::size_t first, std::size_t end) {
  if (end - first == 1) return "__tw" + std::to_string(first);
  const std::size_t middle = first + (end - first) / 2;
  return "if $__tw < " + std::to_string(middle) + " then " + choice(first, middle) + " else " +
         choice(middle, end) + " end";
}

// Each expression is a function of its own. One that is alone is none, so that what jq says of it
// fits its own lines.
std::string program_of(std::span<const std::string* const> expressions) {
  std::string program(prologue);
  for (const Helper& helper : helpers()) {
    for (const std::string* one : expressions) {
      if (!speaks_of(*one, helper)) continue;
      program += helper.definitions;
      break;
    }
  }
  if (expressions.size() == 1) return program + ".[0] | (" + *expressions[0] + "\n)";
  for (std::size_t i = 0; i < expressions.size(); ++i) {
    program += "def __tw" + std::to_string(i) + ": (" + *expressions[i] + "\n);\n";
  }
  return program + ".[2] as $__tw | .[0] | " + choice(0, expressions.size());
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

  // Why it does not compile; empty where it does.
  std::string compile(const std::string& code) {
    std::string error;
    jq_set_error_cb(state, keep_first, &error);
    const bool compiled = jq_compile(state, code.c_str()) != 0;
    jq_set_error_cb(
        state, [](void*, jv message) { jv_free(message); }, nullptr);
    if (compiled) return {};
    return error.empty() ? "jq does not say why" : compiler_words(std::move(error));
  }

  // The first output of the expression of this number, or an invalid value.
  Jv first(const Jv& input, const Jv& variables, std::size_t number) const {
    jv all = jv_array_sized(3);
    all = jv_array_append(all, input.copy());
    all = jv_array_append(all, variables.copy());
    all = jv_array_append(all, jv_number(static_cast<double>(number)));
    jq_start(state, all, 0);
    Jv output(jq_next(state));
    jq_start(state, jv_null(), 0);  // lets go of the input
    return output;
  }

  jq_state* state;
};

// What is prepared and not compiled yet.
class Jq::Waiting {
 public:
  static Waiting& all() {
    static Waiting waiting;
    return waiting;
  }
  void add(const std::shared_ptr<Jq>& one) { waiting_.push_back(one); }

  void compile() {
    std::vector<std::shared_ptr<Jq>> alive;
    for (const std::weak_ptr<Jq>& one : std::exchange(waiting_, {})) {
      if (auto program = one.lock()) alive.push_back(std::move(program));
    }
    std::span<const std::shared_ptr<Jq>> rest(alive);
    while (!rest.empty()) {
      const std::size_t count = std::min(rest.size(), most_together);
      compile_together(rest.first(count));
      rest = rest.subspan(count);
    }
  }

 private:
  // Where one does not compile, none does: then each half is tried, down to the one.
  static void compile_together(std::span<const std::shared_ptr<Jq>> programs) {
    std::vector<const std::string*> codes;
    for (const auto& one : programs) codes.push_back(&one->code_);
    auto together = std::make_shared<Program>();
    std::string error = together->compile(program_of(codes));
    if (!error.empty() && programs.size() > 1) {
      const std::size_t half = programs.size() / 2;
      compile_together(programs.first(half));
      return compile_together(programs.subspan(half));
    }
    for (std::size_t i = 0; i < programs.size(); ++i) {
      if (error.empty()) programs[i]->program_ = together;
      programs[i]->number_ = i;
      programs[i]->code_.clear();
    }
    if (!error.empty()) programs[0]->error_ = std::move(error);
  }

  std::vector<std::weak_ptr<Jq>> waiting_;
};

Jq::Jq() = default;
Jq::~Jq() = default;

std::shared_ptr<const Jq> Jq::prepare(std::string_view text) {
  static SharedByText<Jq> programs;
  return programs.get(text, [&] {
    if (text.find_first_not_of(" \t\r\n") == text.npos) {
      throw ExpressionError("the expression is empty");
    }
    JqText translated = translate_jq(text);
    std::shared_ptr<Jq> result(new Jq);
    result->text_ = text;
    result->names_ = std::move(translated.names);
    result->code_ = std::move(translated.program);
    Waiting::all().add(result);
    return std::shared_ptr<const Jq>(std::move(result));
  });
}

std::shared_ptr<const Jq> Jq::compile(std::string_view text) {
  auto result = prepare(text);
  if (!result->error().empty()) throw ExpressionError(result->error());
  return result;
}

const Jq::Program* Jq::program() const {
  if (!program_ && error_.empty()) Waiting::all().compile();
  return program_.get();
}

const std::string& Jq::error() const {
  program();
  return error_;
}

bool Jq::Result::truthy() const {
  return value && !value->is_null() && !(value->is_bool() && !value->get_bool());
}

Jq::Result Jq::run(const JsonDocument& input, const JsonDocument& variables) const {
  Result result;
  if (program() == nullptr) {
    result.error = error_;
    return result;
  }
  Jv output = program_->first(input.handle_->value, variables.handle_->value, number_);
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
  if (program() == nullptr) {
    error = error_;
    return false;
  }
  Jv output = program_->first(input.handle_->value, variables.handle_->value, number_);
  if (jv_is_valid(output.get())) return is_truthy(output.get());
  const Jv message(jv_invalid_get_msg(output.give()));
  if (jv_get_kind(message.get()) != JV_KIND_NULL) error = words_of_error(message.get());
  return false;
}

}  // namespace tillwatch::config
