#pragma once

#include <curl/curl.h>

#include <memory>

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

} // namespace nova::http::curl
