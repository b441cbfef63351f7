#pragma once

// A page's structured data against the product that a store is watched with, as the tests ask.

#include <boost/json/parse.hpp>

#include "config/template.h"
#include "probes/feed/values.h"
#include "probes/page/structured_data.h"

namespace tillwatch::probes {

using config::StructuredData;

inline constexpr auto url = "https://acme.example/p/sock";
inline const UtcTime now = date_of("2026-11-28T12:00:00Z").value();
inline const std::string product =
    R"({"sku":"A","id":7,"path":"/p/sock","price":9.5,"currency":"EUR"})";

inline std::string script(const std::string& json) {
  return R"(<script type="application/ld+json">)" + json + "</script>";
}
inline std::string offer(const std::string& fields) {
  return R"({"@type":"Offer",)" + fields + "}";
}
inline std::string sock(const std::string& fields, const std::string& offers) {
  return script(R"({"@type":"Product",)" + fields + R"("offers":)" + offers + "}");
}
inline const std::string good = R"("price":"9.50","priceCurrency":"EUR","availability":"InStock")";

inline std::string found(const std::string& page, StructuredData held = StructuredData::checked,
                         const std::string& of = product) {
  const boost::json::value given = boost::json::parse(of);
  const PageOffers told = offers_of(page, now);
  const auto own = offers_about(given.get_object(), told.offers, url).all;
  const auto finding = disagreement(given.get_object(), own, held, told.problem);
  return finding ? std::string(name(finding->reason)) + ": " + finding->message : "agrees";
}
inline std::string reason(const std::string& page, StructuredData held = StructuredData::checked,
                          const std::string& of = product) {
  const std::string words = found(page, held, of);
  return words.substr(0, words.find(':'));
}
inline std::string noted(const std::string& page, const std::string& of = product) {
  const boost::json::value given = boost::json::parse(of);
  const PageOffers told = offers_of(page, now);
  const auto own = offers_about(given.get_object(), told.offers, url).all;
  return structured_data_note(given.get_object(), own, StructuredData::checked, told.problem);
}
// Of an offer that names the product by its SKU.
inline std::string claims(const std::string& fields) {
  return reason(sock(R"("sku":"A",)", offer(fields)));
}

}  // namespace tillwatch::probes
