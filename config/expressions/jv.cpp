#include "config/expressions/jv.h"

#include <cmath>
#include <cstdint>
#include <string_view>

namespace tillwatch::config {
namespace {

int size_of(std::string_view text) { return static_cast<int>(text.size()); }

jv string_to_jv(std::string_view text) { return jv_string_sized(text.data(), size_of(text)); }

// jq's numbers are doubles; whole ones read as integers, so that an id keeps its digits.
boost::json::value number_from(double number) {
  constexpr double exact = 9007199254740992.0;  // 2^53
  if (std::isnan(number)) return nullptr;
  if (std::abs(number) <= exact && std::trunc(number) == number) {
    return static_cast<std::int64_t>(number);
  }
  return number;
}

class Reader {
 public:
  // Borrows `value`.
  boost::json::value read(jv value, int depth) {
    if (depth > 300 || ++parts_ > 100'000 || text_ > (1U << 20)) {
      whole_ = false;
      return nullptr;
    }
    switch (jv_get_kind(value)) {
      case JV_KIND_TRUE:
        return true;
      case JV_KIND_FALSE:
        return false;
      case JV_KIND_NUMBER:
        return number_from(jv_number_value(value));
      case JV_KIND_STRING:
        return boost::json::string(text_of(value));
      case JV_KIND_ARRAY:
        return read_array(value, depth);
      case JV_KIND_OBJECT:
        return read_object(value, depth);
      default:
        return nullptr;
    }
  }
  bool whole() const { return whole_; }

 private:
  std::string_view text_of(jv string) {
    const auto size = static_cast<std::size_t>(jv_string_length_bytes(jv_copy(string)));
    text_ += size;
    return {jv_string_value(string), size};
  }
  boost::json::value read_array(jv value, int depth) {
    boost::json::array result;
    const int size = jv_array_length(jv_copy(value));
    for (int i = 0; i < size && whole_; ++i) {
      const Jv item(jv_array_get(jv_copy(value), i));
      result.push_back(read(item.get(), depth + 1));
    }
    return result;
  }
  boost::json::value read_object(jv value, int depth) {
    boost::json::object result;
    for (int i = jv_object_iter(value); jv_object_iter_valid(value, i) && whole_;
         i = jv_object_iter_next(value, i)) {
      const Jv key(jv_object_iter_key(value, i));
      const Jv item(jv_object_iter_value(value, i));
      result.emplace(text_of(key.get()), read(item.get(), depth + 1));
    }
    return result;
  }

  std::size_t parts_ = 0;
  std::size_t text_ = 0;
  bool whole_ = true;
};

}  // namespace

jv to_jv(const boost::json::value& value) {
  switch (value.kind()) {
    case boost::json::kind::bool_:
      return value.get_bool() ? jv_true() : jv_false();
    case boost::json::kind::int64:
      return jv_number(static_cast<double>(value.get_int64()));
    case boost::json::kind::uint64:
      return jv_number(static_cast<double>(value.get_uint64()));
    case boost::json::kind::double_:
      return jv_number(value.get_double());
    case boost::json::kind::string:
      return string_to_jv(value.get_string());
    case boost::json::kind::array: {
      // Sized, as libjq makes room for 16 otherwise.
      jv result = jv_array_sized(static_cast<int>(value.get_array().size()));
      for (const boost::json::value& item : value.get_array()) {
        result = jv_array_append(result, to_jv(item));
      }
      return result;
    }
    case boost::json::kind::object: {
      jv result = jv_object();
      for (const auto& [key, item] : value.get_object()) {
        result = jv_object_set(result, string_to_jv(key), to_jv(item));
      }
      return result;
    }
    default:
      return jv_null();
  }
}

std::optional<boost::json::value> from_jv(jv value) {
  Reader reader;
  boost::json::value result = reader.read(value, 0);
  if (!reader.whole()) return std::nullopt;
  return result;
}

}  // namespace tillwatch::config
