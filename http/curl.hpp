#pragma once

#include "base/ensure.hpp"

#include <curl/curl.h>

#include <memory>
#include <string>

/// One owner for each kind of curl handle.
namespace nova::http::curl {

template <auto Free>
struct deleter {
  template <class T>
  void operator()(T* handle) const {
    Free(handle);
  }
};

using easy = std::unique_ptr<CURL, deleter<curl_easy_cleanup>>;
using multi = std::unique_ptr<CURLM, deleter<curl_multi_cleanup>>;
using header_list = std::unique_ptr<curl_slist, deleter<curl_slist_free_all>>;

/// Adds a line to the end of a list, which may be empty.
inline void append(header_list& to, const std::string& line) {
  auto* longer = curl_slist_append(to.get(), line.c_str());
  base::ensure(longer != nullptr, "curl has memory for a line");
  (void)to.release();
  to.reset(longer);
}

} // namespace nova::http::curl
