#pragma once

// Which encoding a text is in: labels as encoding.spec.whatwg.org has them, found where browsers
// look for them. `iso-8859-1` is Windows-1252 to them, `gb2312` is GBK.

#include <cstddef>
#include <string_view>

namespace tillwatch::probes {

struct Charset {
  std::string_view name;    // "windows-1252"
  std::string_view labels;  // all of them, in lower case, with blanks between and around them
  const char* converter;    // ICU's name for it; null: it has none
};

// Null where no browser knows the label.
const Charset* charset_named(std::string_view label);
const Charset& utf8_charset();
inline bool is_utf8(const Charset& charset) { return &charset == &utf8_charset(); }

// Of "text/html; charset=utf-8"; null where it says none that is known.
const Charset* charset_of_content_type(std::string_view value);

struct ByteOrderMark {
  const Charset* charset = nullptr;  // null: there is no mark
  std::size_t size = 0;
};
ByteOrderMark byte_order_mark(std::string_view bytes);

// Of `<?xml version="1.0" encoding="..."?>` at the beginning; null where it says none.
const Charset* charset_of_xml(std::string_view bytes);
// Of a page's `<meta charset>`, `<meta http-equiv="content-type">` or XML declaration; null where
// it says none.
const Charset* charset_of_page(std::string_view bytes);

}  // namespace tillwatch::probes
