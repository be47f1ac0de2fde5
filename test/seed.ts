/**
 * Generated inputs are the same in every run, so that a change breaks a test and chance does not.
 * `FUSION_TEST_SEED=random npm test` looks further; a number repeats a run.
 */
import fc from "fast-check";

const { FUSION_TEST_SEED: seed = "20261121" } = process.env;
if (seed !== "random") fc.configureGlobal({ seed: Number(seed) });
