import { describe, expect, it } from "vitest";
import { findPlaces } from "../../src/models/offline-places.ts";

describe("findPlaces", () => {
  it.each<[string, string[]]>([
    ["What is the weather in Oakland and San Francisco?", ["Oakland", "San Francisco"]],
    ["what is the weather in oakland", []],
    [
      "What is the weather in Oakland, San Francisco, and New York?",
      ["Oakland", "San Francisco", "New York"],
    ],
    ["Compare Paris, London and New York.", ["Paris", "London", "New York"]],
    ["Compare Springfield and Shelbyville", ["Springfield", "Shelbyville"]],
    ["Tell Bob the weather in Oakland.", ["Oakland"]],
    ["In Oakland, what is the weather?", ["Oakland"]],
    ["Oakland and San Francisco weather please", ["Oakland", "San Francisco"]],
    ["San Francisco weather?", ["San Francisco"]],
    ["New York", ["New York"]],
    ["Timbuktu", ["Timbuktu"]],
    ["Timbuktu?", ["Timbuktu"]],
    ["Hello", []],
    ["Hello there", []],
    ["Weather for Rio de Janeiro or São Paulo in July", ["Rio de Janeiro", "São Paulo"]],
    ["What's Oakland's weather?", ["Oakland"]],
    ["How warm is it in Washington D.C. today?", ["Washington D.C."]],
    ["How warm is it in St. Louis? And in Paris?", ["St. Louis", "Paris"]],
    ["Cities: Lyon, Nice; Brest", ["Lyon", "Nice", "Brest"]],
    ["in Paris, then again in Paris", ["Paris"]],
    ["What is the population of Villach and Graz?", ["Villach", "Graz"]],
    ["Please give me the weather at The Hague", ["The Hague"]],
    ["I want the weather. Please.", []],
    ["Is it hot in Dar es Salaam?", ["Dar"]],
    ["What can you do?", []],
    ["Refund my order and tell me the weather in Stratford-upon-Avon!", ["Stratford-upon-Avon"]],
    ["Weather in Saint-Denis\nWeather in N'Djamena", ["Saint-Denis", "N'Djamena"]],
  ])("%s", (text, expected) => {
    expect(findPlaces(text)).toEqual(expected);
  });
});
