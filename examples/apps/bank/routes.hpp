// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <boost/beast/http.hpp>

namespace bank {

namespace http = boost::beast::http;
using request = http::request<http::string_body>;
using response = http::response<http::string_body>;

/// | question | answer |
/// |---|---|
/// | `POST /accounts` `{"id": "ann", "balance": 500}` | 201; 409 when the id is taken |
/// | `GET /accounts/ann` | 200 `{"id":"ann","balance":500}`; 404 |
/// | `POST /transfers` `{"key": "k1", "from": "ann", "to": "bob", "amount": 20}` | 200; 404, 409, 422 and a word |
/// | `GET /total` | 200 `{"total":500}` |
/// | `GET /tree` | 200 and the tree as text |
/// | `POST /crash/accounts`, `/crash/transfers` | 202: the process ends by an exception |
///
/// Amounts are cents. What does not fit is 400, 404 or 405; 503 when a process is not back in time.
/// Context: a process; suspends.
response answer(const request& r);
response too_large();

} // namespace bank
