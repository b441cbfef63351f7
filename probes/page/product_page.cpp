#include "probes/page/product_page.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "probes/page/structured_data.h"
#include "probes/text/text.h"

namespace tillwatch::probes {
namespace {

bool names_product(const config::Step& step) {
  return std::ranges::any_of(step.url.names(),
                             [](std::string_view name) { return name.starts_with("product."); });
}

bool is_markup(std::string_view body) {
  if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);  // marked as UTF-8
  return first_character(body) == '<';
}

// A page may repeat what was sent to it.
void clean(Fingerprint& print, const config::Redactor& redactor) {
  if (redactor.empty()) return;
  const auto each = [&](std::vector<std::string>& list) {
    for (std::string& one : list) one = redactor.clean(one);
    std::ranges::sort(list);
  };
  for (std::string* one : {&print.theme, &print.theme_name, &print.price}) {
    *one = redactor.clean(*one);
  }
  each(print.generators);
  each(print.script_hosts);
  each(print.assets);
  for (Fingerprint::Tag& tag : print.tags) tag.id = redactor.clean(tag.id);
  std::sort(print.tags.begin(), print.tags.end());
}

}  // namespace

ProductPage::ProductPage(const config::Probe& probe, const config::Plan& plan)
    : probe_(probe), named_(std::ranges::any_of(plan.steps, names_product)) {
  finding_ = disagreement(probe.store->product, {}, probe.storefront->structured_data);
}

bool ProductPage::is_answer_to(const config::Step& step, const Answer& answer) const {
  return (!named_ || names_product(step)) && answer.status() >= 200 && answer.status() < 300 &&
         is_markup(answer.body());
}

void ProductPage::look(const Answer& page, UtcTime now, const config::Redactor& redactor) {
  const config::Storefront& storefront = *probe_.storefront;
  const boost::json::object& product = probe_.store->product;
  PageFacts facts = facts_of(page.body(), page.url(), *storefront.marks, now);
  const std::vector<const Offer*> own = offers_about(product, facts.data.offers, page.url()).all;
  if (!own.empty()) facts.fingerprint.price = price_text(*own.front());
  clean(facts.fingerprint, redactor);
  fingerprint_ = std::make_shared<const Fingerprint>(std::move(facts.fingerprint));
  const std::string& problem = facts.data.problem;
  finding_ = disagreement(product, own, storefront.structured_data, problem);
  note_ = structured_data_note(product, own, storefront.structured_data, problem);
}

}  // namespace tillwatch::probes
