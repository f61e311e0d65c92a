#include "mail/time_left.hpp"

#include <boost/test/unit_test.hpp>
