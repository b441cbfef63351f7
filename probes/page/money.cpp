#include "probes/page/money.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <utility>

#include "config/currency.h"

namespace tillwatch::probes {
namespace {

constexpr std::size_t longest_price = 128;  // bytes of a text that may be a price

// ISO 4217, and what was withdrawn of late; those of two digits after the point.
constexpr std::string_view currency_codes =
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN "
    "BYR BZD CAD CDF CHE CHF CHW CNY CNH COP COU CRC CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR "
    "FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW "
    "KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD "
    "NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE "
    "SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES "
    "WST XCD XCG YER ZAR ZMW ZWG ZWL ";
constexpr std::string_view codes_without_digits =
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF ";
constexpr std::string_view codes_of_three_digits = "BHD IQD JOD KWD LYD OMR TND ";

// Codes that are words too: in a price they count only in capital letters.
constexpr std::string_view word_codes = "ALL AMD BAM BOB COP CUP GEL LAK MAD MOP PEN SOS TOP TRY ";

// What means one currency and no other.
constexpr std::pair<std::string_view, std::string_view> currency_symbols[] = {
    {"€", "EUR"},     {"EURO", "EUR"},  {"Euro", "EUR"}, {"euro", "EUR"}, {"EUROS", "EUR"},
    {"Euros", "EUR"}, {"euros", "EUR"}, {"£", "GBP"},    {"US$", "USD"},  {"U$S", "USD"},
    {"AU$", "AUD"},   {"A$", "AUD"},    {"CA$", "CAD"},  {"C$", "CAD"},   {"NZ$", "NZD"},
    {"HK$", "HKD"},   {"NT$", "TWD"},   {"S$", "SGD"},   {"MX$", "MXN"},  {"R$", "BRL"},
    {"ZŁ", "PLN"},    {"zł", "PLN"},    {"Zł", "PLN"},   {"KČ", "CZK"},   {"Kč", "CZK"},
    {"kč", "CZK"},    {"Ft", "HUF"},    {"FT", "HUF"},   {"₽", "RUB"},  {"руб", "RUB"},
    {"₴", "UAH"},     {"грн", "UAH"},   {"₹", "INR"},    {"₩", "KRW"},    {"₪", "ILS"},
    {"₫", "VND"},     {"₺", "TRY"},     {"₦", "NGN"},    {"₱", "PHP"},    {"฿", "THB"},
    {"₸", "KZT"},     {"₾", "GEL"},   {"円", "JPY"}};

bool is_digit_of_price(char c) { return c >= '0' && c <= '9'; }
bool is_ascii_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_plain_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string in_capitals(std::string_view text) {
  std::string capitals(text);
  for (char& c : capitals) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  }
  return capitals;
}

bool lists(std::string_view list, std::string_view code) {
  if (code.size() != 3) return false;
  for (std::size_t at = 0; at < list.size(); at += 4) {
    if (list.substr(at, 3) == code) return true;
  }
  return false;
}

bool is_code(std::string_view capitals) {
  return lists(currency_codes, capitals) || lists(codes_without_digits, capitals) ||
         lists(codes_of_three_digits, capitals);
}

// The blanks that stand between digits, or around a price: " ", U+00A0, U+2009, U+202F.
std::size_t blank_at(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  if (rest.empty()) return 0;
  if (is_plain_blank(rest.front())) return 1;
  for (const std::string_view wide : {"\xC2\xA0", "\xE2\x80\x89", "\xE2\x80\xAF", "\xE2\x80\x87"}) {
    if (rest.starts_with(wide)) return wide.size();
  }
  for (const std::string_view entity : {"&nbsp;", "&#160;", "&#xA0;", "&#xa0;"}) {
    if (rest.starts_with(entity)) return entity.size();
  }
  return 0;
}

std::string_view trimmed_price(std::string_view text) {
  while (!text.empty()) {
    const std::size_t blank = blank_at(text, 0);
    if (blank == 0) break;
    text.remove_prefix(blank);
  }
  while (!text.empty() && is_plain_blank(text.back())) text.remove_suffix(1);
  while (text.ends_with("\xC2\xA0")) text.remove_suffix(2);
  return text;
}

std::size_t digits_from(std::string_view text, std::size_t at) {
  std::size_t count = 0;
  while (at + count < text.size() && is_digit_of_price(text[at + count])) ++count;
  return count;
}

// What stands between two groups of a number at `at`, of thousands where it is no `.` or `,`.
std::size_t group_gap(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  std::size_t gap = blank_at(text, at);
  for (const std::string_view quote : {"'", "\xE2\x80\x99"}) {
    if (gap == 0 && rest.starts_with(quote)) gap = quote.size();
  }
  return gap != 0 && digits_from(text, at + gap) == 3 ? gap : 0;
}

// The first number of a text, its separators `.` and `,` kept, those of thousands that are neither
// left out: "1 234,50" is "1234,50".
struct WrittenNumber {
  std::string written;
  std::size_t begin = 0;
  std::size_t end = 0;
};
std::optional<WrittenNumber> first_number(std::string_view text) {
  WrittenNumber number;
  while (number.begin < text.size() && !is_digit_of_price(text[number.begin])) ++number.begin;
  if (number.begin == text.size()) return std::nullopt;
  // ".99", where nothing else stands before it.
  const bool bare = number.begin > 0 &&
                    (text[number.begin - 1] == '.' || text[number.begin - 1] == ',') &&
                    (number.begin == 1 || !is_ascii_letter(text[number.begin - 2]));
  if (bare) number.written = "0.";
  std::size_t at = number.begin;
  while (at < text.size()) {
    const char c = text[at];
    const bool is_point = (c == '.' || c == ',') && digits_from(text, at + 1) > 0;
    if (is_digit_of_price(c) || is_point) {
      number.written += c;
      ++at;
    } else if (const std::size_t gap = group_gap(text, at);
               gap > 0 && number.written.find_first_of(".,") == std::string::npos) {
      at += gap;
    } else {
      break;
    }
  }
  // "9€50"
  constexpr std::string_view sign = "€";
  if (text.substr(at).starts_with(sign) && digits_from(text, at + sign.size()) == 2 &&
      number.written.find_first_of(".,") == std::string::npos) {
    number.written += "." + std::string(text.substr(at + sign.size(), 2));
    at += sign.size() + 2;
  }
  number.end = at;
  return number;
}

// An exponent, as JSON may write it: "1e3", "9.5E+0".
std::optional<int> exponent_at(std::string_view text, std::size_t at, std::size_t& end) {
  if (at >= text.size() || (text[at] != 'e' && text[at] != 'E')) return std::nullopt;
  std::size_t from = at + 1;
  const bool negative = from < text.size() && text[from] == '-';
  if (from < text.size() && (text[from] == '+' || text[from] == '-')) ++from;
  const std::size_t count = digits_from(text, from);
  if (count == 0 || count > 3) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value * 10 + (text[from + i] - '0');
  end = from + count;
  return negative ? -value : value;
}

// The separator that stands last is the decimal one, unless it stands twice, or is a lone comma
// before three digits.
std::string plain_price(std::string_view written) {
  auto point = written.find_last_of(".,");
  if (point != written.npos) {
    const char mark = written[point];
    const bool twice = written.find(mark) != point;
    const bool lone_comma =
        mark == ',' && written.size() - point == 4 && written.find('.') == written.npos;
    if (twice || lone_comma) point = written.npos;
  }
  std::string plain;
  for (std::size_t i = 0; i < written.size(); ++i) {
    if (is_digit_of_price(written[i])) plain += written[i];
    if (i == point) plain += '.';
  }
  return plain;
}

std::optional<double> value_of(const std::string& plain) {
  double value = 0;
  const auto end = plain.data() + plain.size();
  if (plain.empty() || std::from_chars(plain.data(), end, value).ptr != end) return std::nullopt;
  return value;
}

// A word of a price: letters, signs and what is not ASCII, up to a blank, a digit or punctuation.
bool is_of_word(char c) {
  return is_ascii_letter(c) || c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

std::string code_of_word(std::string_view word) {
  const std::string capitals = in_capitals(word);
  if (is_code(capitals)) {
    return capitals == word || !lists(word_codes, capitals) ? capitals : std::string();
  }
  for (const auto& [symbol, code] : currency_symbols) {
    if (word == symbol) return std::string(code);
  }
  if (word.find("€") != word.npos) return "EUR";  // "€TTC"
  std::string letters;                            // "USD$"
  for (const char c : word) {
    if (is_ascii_letter(c)) letters += c;
  }
  return is_code(letters) && letters.size() + 1 == word.size() ? letters : std::string();
}

// The one currency that the words of a price name.
std::string code_within(std::string_view text) {
  std::string found;
  for (std::size_t at = 0; at < text.size();) {
    if (const std::size_t blank = blank_at(text, at); blank > 0 || !is_of_word(text[at])) {
      at += std::max<std::size_t>(blank, 1);
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && is_of_word(text[end]) && blank_at(text, end) == 0) ++end;
    const std::string code = code_of_word(text.substr(at, end - at));
    if (!code.empty() && !found.empty() && code != found) return {};
    if (!code.empty()) found = code;
    at = end;
  }
  return found;
}

double in_minor_units(double amount, std::string_view currency) {
  return std::round(amount * std::pow(10.0, config::minor_digits(currency)));
}

}  // namespace

std::string currency_code(std::string_view text) {
  if (text.size() > longest_price) return {};
  text = trimmed_price(text);
  const std::string capitals = in_capitals(text);
  return is_code(capitals) ? capitals : code_within(text);
}

Money money_of(std::string_view text) {
  Money money;
  if (text.size() > longest_price) return money;
  money.currency = code_within(text);
  const auto number = first_number(text);
  if (!number) return money;
  const auto value = value_of(plain_price(number->written));
  if (!value) return money;
  std::size_t end = 0;
  const auto exponent = exponent_at(text, number->end, end);
  const bool whole = end == text.size() || (end < text.size() && !is_ascii_letter(text[end]));
  money.amount = exponent && whole ? *value * std::pow(10.0, *exponent) : *value;
  if (!std::isfinite(*money.amount)) money.amount.reset();
  return money;
}

std::vector<double> readings_of(std::string_view text, std::string_view currency) {
  const Money money = money_of(text);
  if (!money.amount) return {};
  std::vector<double> all{*money.amount};
  const std::string written = first_number(text)->written;
  const auto mark = written.find_first_of(".,");
  const bool doubtful = mark != written.npos && written.size() - mark == 4 && mark <= 3 &&
                        written.find_first_of(".,", mark + 1) == written.npos;
  if (!doubtful) return all;
  const std::string code = currency.empty() ? money.currency : std::string(currency);
  const int digits = config::minor_digits(code);
  const auto other = written[mark] == '.' ? *money.amount * 1000 : *money.amount / 1000;
  if (digits == 3) {  // "1.234" is a whole price, "1,234" may be one
    if (written[mark] == ',') all.push_back(other);
  } else {
    all.push_back(other);
  }
  return all;
}

bool may_mean(std::string_view text, double amount, std::string_view currency) {
  const std::vector<double> all = readings_of(text, currency);
  return std::any_of(all.begin(), all.end(),
                     [&](double one) { return same_amount(one, amount, currency); });
}

bool same_amount(double one, double other, std::string_view currency) {
  return compare_amounts(one, other, currency) == 0;
}

int compare_amounts(double one, double other, std::string_view currency) {
  const double first = in_minor_units(one, currency);
  const double second = in_minor_units(other, currency);
  return first < second ? -1 : first > second ? 1 : 0;
}

std::string amount_text(double amount) {
  const bool cents = std::fabs(std::round(amount * 100) - amount * 100) < 1e-6;
  char text[64];
  std::snprintf(text, sizeof text, cents && std::fabs(amount) < 1e15 ? "%.2f" : "%.10g", amount);
  return text;
}

}  // namespace tillwatch::probes
