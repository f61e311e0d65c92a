#pragma once

#include <curl/curl.h>

#include <string>

namespace nova::transports {

/// Who asks a service of AWS.
struct aws_identity {
  std::string access_key_id, secret_key;
  std::string region, service;
};

/// Has curl sign the request of a handle as AWS wants it (Signature Version 4), with the time of
/// now or of its header field `X-Amz-Date`.
void sign_as(CURL* easy, const aws_identity& who);

} // namespace nova::transports
