/**
 * The rules of the house as tests: every module's sources and class files are read, and each rule names the place where it is
 * broken. Rules that a parser can decide are {@link io.vledger.guardrails.SourceRules}, run by {@code TidyTest}; rules about
 * who may use what are in {@code ArchitectureTest}. Each is seen to fail on a planted violation by {@code RulesCanFailTest}.
 */
@NullMarked
package io.vledger.guardrails;

import org.jspecify.annotations.NullMarked;
