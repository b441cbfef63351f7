#pragma once

// The product page among the answers of a storefront's run: the last HTML page of the steps whose
// URL names the product (`{{ product.x }}`), or of all steps where none does.

#include <memory>
#include <optional>
#include <string>

#include "config/config.h"
#include "probes/page/fingerprint.h"
#include "probes/steps/answer.h"
#include "probes/steps/finding.h"

namespace tillwatch::probes {

class ProductPage {
 public:
  // For a probe of type `storefront`; both outlive this.
  ProductPage(const config::Probe& probe, const config::Plan& plan);

  bool is_answer_to(const config::Step& step, const Answer& answer) const;
  // A later page takes the place of an earlier one.
  void look(const Answer& page, UtcTime now, const config::Redactor& redactor);

  // Null before a page was seen.
  std::shared_ptr<const Fingerprint> fingerprint() const { return fingerprint_; }
  // What its structured data disagrees in; also that a page which must be there was not.
  const std::optional<Finding>& finding() const { return finding_; }
  // What its structured data does not stand for; mostly empty.
  const std::string& note() const { return note_; }

 private:
  const config::Probe& probe_;
  bool named_ = false;  // a step's URL names the product
  std::shared_ptr<const Fingerprint> fingerprint_;
  std::optional<Finding> finding_;
  std::string note_;
};

}  // namespace tillwatch::probes
