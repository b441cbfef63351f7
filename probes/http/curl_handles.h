#pragma once

// Ownership of libcurl's handles, and nothing more.

#include <memory>

#include <curl/curl.h>

namespace tillwatch::probes {

template <auto release>
struct CurlRelease {
  template <class Handle>
  void operator()(Handle* handle) const {
    release(handle);
  }
};

using CurlEasy = std::unique_ptr<CURL, CurlRelease<curl_easy_cleanup>>;
using CurlMulti = std::unique_ptr<CURLM, CurlRelease<curl_multi_cleanup>>;
using CurlShare = std::unique_ptr<CURLSH, CurlRelease<curl_share_cleanup>>;
using CurlUrl = std::unique_ptr<CURLU, CurlRelease<curl_url_cleanup>>;
using CurlText = std::unique_ptr<char, CurlRelease<curl_free>>;

// A list of strings, as CURLOPT_HTTPHEADER and CURLOPT_RESOLVE take it.
class CurlList {
 public:
  void append(const char* text) {
    if (curl_slist* longer = curl_slist_append(list_.get(), text)) {
      (void)list_.release();
      list_.reset(longer);
    }
  }
  curl_slist* get() const { return list_.get(); }

 private:
  std::unique_ptr<curl_slist, CurlRelease<curl_slist_free_all>> list_;
};

}  // namespace tillwatch::probes
