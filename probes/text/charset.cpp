#include "probes/text/charset.h"

#include <algorithm>
#include <array>
#include <string>

namespace tillwatch::probes {
namespace {

// encoding.spec.whatwg.org, section 4.2 (S); each label was asked of a browser's TextDecoder.
constexpr std::array charsets{
    Charset{"utf-8", " unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8 ",
            nullptr},
    Charset{"ibm866", " 866 cp866 csibm866 ibm866 ", "ibm-866_P100-1995"},
    Charset{"iso-8859-2",
            " csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 "
            "latin2 ",
            "ISO-8859-2"},
    Charset{"iso-8859-3",
            " csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 "
            "latin3 ",
            "ISO-8859-3"},
    Charset{"iso-8859-4",
            " csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 "
            "latin4 ",
            "ISO-8859-4"},
    Charset{"iso-8859-5",
            " csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5 "
            "iso_8859-5:1988 ",
            "ISO-8859-5"},
    Charset{"iso-8859-6",
            " arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 "
            "iso-8859-6-e iso-8859-6-i iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987 ",
            "ISO-8859-6"},
    Charset{"iso-8859-7",
            " csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 "
            "iso88597 iso_8859-7 iso_8859-7:1987 sun_eu_greek ",
            "ISO-8859-7"},
    Charset{"iso-8859-8",
            " csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 iso8859-8 "
            "iso88598 iso_8859-8 iso_8859-8:1988 visual ",
            "ISO-8859-8"},
    Charset{"iso-8859-8-i", " csiso88598i iso-8859-8-i logical ", "ISO-8859-8"},
    Charset{"iso-8859-10", " csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6 ",
            "ISO-8859-10"},
    Charset{"iso-8859-13", " iso-8859-13 iso8859-13 iso885913 ", "ISO-8859-13"},
    Charset{"iso-8859-14", " iso-8859-14 iso8859-14 iso885914 ", "ISO-8859-14"},
    Charset{"iso-8859-15", " csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9 ",
            "ISO-8859-15"},
    Charset{"iso-8859-16", " iso-8859-16 ", nullptr},
    Charset{"koi8-r", " cskoi8r koi koi8 koi8-r koi8_r ", "KOI8-R"},
    Charset{"koi8-u", " koi8-ru koi8-u ", "KOI8-U"},
    Charset{"macintosh", " csmacintosh mac macintosh x-mac-roman ", "macintosh"},
    Charset{"windows-874", " dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874 ",
            "windows-874"},
    Charset{"windows-1250", " cp1250 windows-1250 x-cp1250 ", "windows-1250"},
    Charset{"windows-1251", " cp1251 windows-1251 x-cp1251 ", "windows-1251"},
    Charset{"windows-1252",
            " ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 "
            "iso88591 iso_8859-1 iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252 ",
            "windows-1252"},
    Charset{"windows-1253", " cp1253 windows-1253 x-cp1253 ", "windows-1253"},
    Charset{"windows-1254",
            " cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 "
            "iso_8859-9:1989 l5 latin5 windows-1254 x-cp1254 ",
            "windows-1254"},
    Charset{"windows-1255", " cp1255 windows-1255 x-cp1255 ", "windows-1255"},
    Charset{"windows-1256", " cp1256 windows-1256 x-cp1256 ", "windows-1256"},
    Charset{"windows-1257", " cp1257 windows-1257 x-cp1257 ", "windows-1257"},
    Charset{"windows-1258", " cp1258 windows-1258 x-cp1258 ", "windows-1258"},
    Charset{"x-mac-cyrillic", " x-mac-cyrillic x-mac-ukrainian ", "x-mac-cyrillic"},
    Charset{"gbk",
            " chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk ",
            "gb18030"},
    Charset{"gb18030", " gb18030 ", "gb18030"},
    Charset{"big5", " big5 big5-hkscs cn-big5 csbig5 x-x-big5 ", "Big5-HKSCS"},
    Charset{"euc-jp", " cseucpkdfmtjapanese euc-jp x-euc-jp ", "EUC-JP"},
    Charset{"iso-2022-jp", " csiso2022jp iso-2022-jp ", "ISO-2022-JP"},
    Charset{"shift_jis", " csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis ",
            "windows-932"},
    Charset{"euc-kr",
            " cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 "
            "ksc_5601 windows-949 ",
            "windows-949"},
    // Encodings that have hidden markup from filters: the whole text is one U+FFFD.
    Charset{"replacement",
            " csiso2022kr hz-gb-2312 iso-2022-cn iso-2022-cn-ext iso-2022-kr replacement ",
            nullptr},
    Charset{"utf-16be", " unicodefffe utf-16be ", "UTF-16BE"},
    Charset{"utf-16le", " csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le ",
            "UTF-16LE"},
    Charset{"x-user-defined", " x-user-defined ", nullptr},
};

std::string lower_label(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return result;
}

std::string_view without_around(std::string_view text, std::string_view around) {
  const auto first = text.find_first_not_of(around);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(around) - first + 1);
}

}  // namespace

const Charset& utf8_charset() { return charsets.front(); }

const Charset* charset_named(std::string_view label) {
  const std::string_view bare = without_around(label, " \t\r\n\f");
  if (bare.empty() || bare.size() > 32 || bare.find(' ') != bare.npos) return nullptr;
  const std::string wanted = " " + lower_label(bare) + " ";
  const auto found = std::find_if(charsets.begin(), charsets.end(), [&](const Charset& one) {
    return one.labels.find(wanted) != std::string_view::npos;
  });
  return found == charsets.end() ? nullptr : &*found;
}

const Charset* charset_of_content_type(std::string_view value) {
  for (auto end = value.find(';'); end != value.npos; end = value.find(';')) {
    value.remove_prefix(end + 1);
    const auto equals = value.find('=');
    if (equals == value.npos || equals > value.find(';')) continue;
    if (lower_label(without_around(value.substr(0, equals), " \t")) != "charset") continue;
    std::string_view label = value.substr(equals + 1);
    label = without_around(label.substr(0, label.find(';')), " \t");
    return charset_named(without_around(label, "\"'"));
  }
  return nullptr;
}

ByteOrderMark byte_order_mark(std::string_view bytes) {
  if (bytes.starts_with("\xEF\xBB\xBF")) return {&utf8_charset(), 3};
  if (bytes.starts_with("\xFE\xFF")) return {charset_named("utf-16be"), 2};
  if (bytes.starts_with("\xFF\xFE")) return {charset_named("utf-16le"), 2};
  return {};
}

}  // namespace tillwatch::probes
