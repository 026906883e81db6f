/** The other half of a circle of packages, for a rule to find. */
package io.vledger.guardrails.planted.right;
