#pragma once

// jq expressions (libjq), compiled once per distinct text and shared. A compilation costs tens of
// milliseconds whatever is compiled, as jq reads its own library anew; so many are compiled at
// once. A run costs some microseconds, half as many again among many as alone.
//
// Variables reach an expression as jq variables, never as text, so a value cannot change its
// meaning and the compiled program serves every store: `$product.price`, `$store.url`,
// `$variables.coupon`, `$captured.cart_token`, `$run.id`, `$step.number`. What the configuration
// writes in another way than jq would print it is in `$written["product.price"]`.
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

// A `{{ name }}` in jq, which has variables for that. `name` is empty where none stands there;
// `offset` is its byte in the text.
struct JqPlaceholder : ExpressionError {
  JqPlaceholder(std::string placeholder, std::size_t byte, bool is_in_string);
  std::string name;
  std::size_t offset;
  bool in_string;
};

// How jq calls what is `{{ name }}` elsewhere: `$product.sku`, `$captured.token`.
std::string jq_variable_of(std::string_view name, bool is_captured);

// A `$scope.key` of an expression.
struct JqName {
  std::string scope;
  std::string key;
  bool operator==(const JqName&) const = default;
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
  // Like compile(), but what only jq's compiler sees is said by error(). All that were prepared are
  // compiled together, when the first of them is asked for it or run.
  static std::shared_ptr<const Jq> prepare(std::string_view text);
  // Why it does not compile; empty where it does.
  const std::string& error() const;
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
  // The variables in the text, as far as they stand there by name.
  const std::vector<JqName>& names() const { return names_; }

 private:
  Jq();
  struct Program;
  class Waiting;
  const Program* program() const;  // null where it does not compile

  std::string text_;
  std::vector<JqName> names_;
  std::string code_;  // until it is compiled
  // Of all that were compiled together; which of them this is.
  std::shared_ptr<const Program> program_;
  std::size_t number_ = 0;
  std::string error_;
};

}  // namespace tillwatch::config
