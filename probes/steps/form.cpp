#include "probes/steps/form.h"

#include "probes/text/text.h"

namespace tillwatch::probes {
namespace {

std::optional<config::FormFields> captured_form(const boost::json::value* kept) {
  if (kept == nullptr || !kept->is_array()) return std::nullopt;
  config::FormFields fields;
  for (const boost::json::value& field : kept->get_array()) {
    if (!field.is_array() || field.get_array().size() != 2) return std::nullopt;
    fields.emplace_back(config::plain_text(field.get_array()[0]),
                        config::plain_text(field.get_array()[1]));
  }
  return fields;
}

std::optional<config::FormFields> fields_of(const config::FormOf& of, Answer* page,
                                            const Variables& variables) {
  if (!of.xpath) return captured_form(variables.lookup()(of.capture));
  const config::HtmlDocument* html = page != nullptr ? page->html_if_likely() : nullptr;
  return html ? of.xpath->form_of(*html, variables.lookup()) : std::nullopt;
}

Finding no_form(const config::FormOf& of, Answer* page, const Variables& variables) {
  if (!of.xpath) {
    return Finding(Reason::captured_nothing, "\"" + of.capture + "\" holds no form");
  }
  std::string message = "no form at " + in_quotes(of.xpath->text(), 160);
  if (page == nullptr) {
    return Finding(Reason::captured_nothing, message + ": there is no page before this step");
  }
  message += ", got " + kind_of(page->body()) + " without it";
  return spoken(of.explanation, Reason::captured_nothing, std::move(message), *page, variables);
}

}  // namespace

std::optional<Finding> find_form(const config::Step& step, Answer* page, const Variables& variables,
                                 config::FormFields& fields) {
  const auto* form = std::get_if<config::FormBody>(&step.body);
  if (form == nullptr || !form->of) return std::nullopt;
  std::optional<config::FormFields> found = fields_of(*form->of, page, variables);
  if (!found) return no_form(*form->of, page, variables);
  fields = std::move(*found);
  return std::nullopt;
}

boost::json::value kept_form(const config::FormFields& fields) {
  boost::json::array kept;
  for (const auto& [name, value] : fields) kept.push_back(boost::json::array{name, value});
  return kept;
}

}  // namespace tillwatch::probes
