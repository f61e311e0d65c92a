#include "transports/aws_signature.hpp"

namespace nova::transports {

void sign_as(CURL* easy, const aws_identity& who) {
  auto scope = "aws:amz:" + who.region + ':' + who.service;
  curl_easy_setopt(easy, CURLOPT_AWS_SIGV4, scope.c_str());
  curl_easy_setopt(easy, CURLOPT_USERNAME, who.access_key_id.c_str());
  curl_easy_setopt(easy, CURLOPT_PASSWORD, who.secret_key.c_str());
}

} // namespace nova::transports
