#include "mail/mailbox_survey.hpp"

#include <boost/test/unit_test.hpp>
