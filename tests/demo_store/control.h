#pragma once

// The lever: paths below /_control/ that arm and disarm faults and tell what was asked.
//
//   GET    /_control/faults          what is armed, and everything that can be
//   POST   /_control/faults          {"fault": "sold_out", "seconds": 60, "path": "/cart",
//   "delay": 2.5} DELETE /_control/faults[/NAME]   disarm one or all GET    /_control/requests
//   counters, and the carts left non-empty DELETE /_control/requests        start counting anew

#include "tests/demo_store/http.h"
#include "tests/demo_store/shop.h"

namespace demo_store {

bool is_control(const Request& request);
Response control(Shop& shop, const Request& request);

}  // namespace demo_store
