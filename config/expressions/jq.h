#pragma once

// jq expressions (libjq), compiled once per distinct text and shared: a compilation costs about
// 25 ms, a run about 1 us.
//
// Variables reach an expression as jq variables, never as text, so a value cannot change its
// meaning and the compiled program serves every store: `$product.price`, `$store.url`,
// `$variables.coupon`, `$captured.cart_token`, `$run.id`. A `{{ name }}` inside the text is
// translated to the same values (also inside a jq string literal).
//
// An expression sees its input and these variables and nothing else: what reads the environment,
// files or further inputs, writes to stderr, or ends the program does not compile.
//
// Threads: everything here belongs to one thread, as libjq's programs carry their own run state.

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

namespace tillwatch::config {

// An expression that does not compile; the message is the engine's own, in one line.
struct ExpressionError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A parsed JSON text, kept for several expressions. Move-only handle of a libjq value.
class JsonDocument {
 public:
  // Nothing, where the text is not one JSON value (with `error` set to the parser's words).
  static std::optional<JsonDocument> parse(std::string_view text, std::string& error);
  explicit JsonDocument(const boost::json::value& value);
  JsonDocument(JsonDocument&&) noexcept;
  JsonDocument& operator=(JsonDocument&&) noexcept;
  JsonDocument(const JsonDocument&) = delete;
  JsonDocument& operator=(const JsonDocument&) = delete;
  ~JsonDocument();

 private:
  friend class Jq;
  struct Handle;
  explicit JsonDocument(std::unique_ptr<Handle> handle);
  std::unique_ptr<Handle> handle_;
};

class Jq {
 public:
  // Throws ExpressionError. The same text gives the same program.
  static std::shared_ptr<const Jq> compile(std::string_view text);
  ~Jq();

  struct Result {
    std::optional<boost::json::value> value;  // the first output; none if there was no output
    std::string error;                        // jq's own words where the run failed
    bool truthy() const;                      // a value that is neither null nor false
  };
  // `variables`: an object with the members store, product, variables, captured, run. Missing
  // members read as null.
  Result run(const JsonDocument& input, const JsonDocument& variables) const;
  // run().truthy() without a copy of the output; `error` is set where the run failed.
  bool holds(const JsonDocument& input, const JsonDocument& variables, std::string& error) const;

  const std::string& text() const { return text_; }
  // The names of the `{{ name }}` placeholders in the text.
  const std::vector<std::string>& names() const { return names_; }

 private:
  Jq();
  struct Program;
  std::string text_;
  std::vector<std::string> names_;
  std::unique_ptr<Program> program_;
};

}  // namespace tillwatch::config
