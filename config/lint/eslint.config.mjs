// Browser code of the addons: OWL modules that Odoo bundles. A rule is an error or it is absent.
import js from "@eslint/js";
import globals from "globals";

export default [
    js.configs.recommended,
    {
        files: ["**/static/src/**/*.js", "**/static/tests/**/*.js"],
        languageOptions: {
            ecmaVersion: 2024,
            sourceType: "module",
            globals: {...globals.browser, odoo: "readonly", luxon: "readonly"},
        },
        rules: {
            "no-unused-vars": ["error", {argsIgnorePattern: "^_"}],
            "no-var": "error",
            "prefer-const": "error",
            eqeqeq: "error",
            "no-console": "error",
            "no-eval": "error",
            "no-implied-eval": "error",
            "no-alert": "error",
            "no-restricted-properties": [
                "error",
                {property: "innerHTML", message: "build nodes or use a template: never markup from strings"},
                {property: "outerHTML", message: "build nodes or use a template: never markup from strings"},
            ],
        },
    },
];
