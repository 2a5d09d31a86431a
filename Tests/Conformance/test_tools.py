# SPDX-License-Identifier: Apache-2.0
"""Tools and structured output through the official SDK."""

import json
from enum import Enum

import pytest
from pydantic import BaseModel, Field

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather of a city",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string"},
                "days": {"type": "integer", "minimum": 1, "maximum": 7},
                "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
            },
            "required": ["city", "days", "unit"],
            "additionalProperties": False,
        },
    },
}
TIME = {"type": "function", "function": {"name": "get_time", "parameters": {"type": "object", "properties": {}}}}
QUESTION = [{"role": "user", "content": "Use get_weather and get_time for Oslo."}]


def test_tools_are_called_and_their_results_answered(client):
    first = client.chat.completions.create(model="gpt-4.1", messages=QUESTION, tools=[WEATHER, TIME])
    assert first.choices[0].finish_reason == "tool_calls"
    calls = first.choices[0].message.tool_calls
    assert [call.function.name for call in calls] == ["get_weather", "get_time"]
    arguments = json.loads(calls[0].function.arguments)
    assert isinstance(arguments["city"], str) and 1 <= arguments["days"] <= 7
    assert arguments["unit"] in ("celsius", "fahrenheit")
    assert json.loads(calls[1].function.arguments) == {}

    results = [{"role": "tool", "tool_call_id": call.id, "content": "fine"} for call in calls]
    second = client.chat.completions.create(
        model="gpt-4.1", messages=[*QUESTION, first.choices[0].message, *results], tools=[WEATHER, TIME]
    )
    assert second.choices[0].finish_reason == "stop"
    assert second.choices[0].message.content


def test_streamed_tool_calls_come_in_pieces_that_join(client):
    whole = client.chat.completions.create(model="gpt-4.1", messages=QUESTION, tools=[WEATHER, TIME])
    calls: dict[int, dict] = {}
    pieces = 0
    for chunk in client.chat.completions.create(model="gpt-4.1", messages=QUESTION, tools=[WEATHER, TIME], stream=True):
        for delta in chunk.choices[0].delta.tool_calls or []:
            call = calls.setdefault(delta.index, {"id": "", "name": "", "arguments": ""})
            call["id"] += delta.id or ""
            call["name"] += delta.function.name or ""
            call["arguments"] += delta.function.arguments or ""
            pieces += 1
    expected = [
        {"id": call.id, "name": call.function.name, "arguments": call.function.arguments}
        for call in whole.choices[0].message.tool_calls
    ]
    assert list(calls.values()) == expected
    assert pieces > 5


def test_a_tool_can_be_forced_or_forbidden(client):
    forced = client.chat.completions.create(
        model="gpt-4.1",
        messages=QUESTION,
        tools=[WEATHER, TIME],
        tool_choice={"type": "function", "function": {"name": "get_time"}},
    )
    assert [call.function.name for call in forced.choices[0].message.tool_calls] == ["get_time"]
    forbidden = client.chat.completions.create(
        model="gpt-4.1", messages=QUESTION, tools=[WEATHER], tool_choice="none"
    )
    assert forbidden.choices[0].message.tool_calls is None


class Mood(Enum):
    calm = "calm"
    wild = "wild"


class Wave(BaseModel):
    height: float = Field(ge=0, le=30)
    name: str


class Sea(BaseModel):
    mood: Mood
    waves: list[Wave]
    depth: int
    note: str | None


@pytest.mark.parametrize("question", ["one", "two", "three", "four"])
def test_structured_output_is_parsed(client, question):
    answer = client.chat.completions.parse(
        model="gpt-4.1", messages=[{"role": "user", "content": question}], response_format=Sea
    )
    sea = answer.choices[0].message.parsed
    assert isinstance(sea, Sea)
    assert isinstance(sea.mood, Mood)


def test_structured_output_streams(client):
    with client.chat.completions.stream(
        model="gpt-4.1", messages=[{"role": "user", "content": "one"}], response_format=Sea
    ) as stream:
        for _ in stream:
            pass
        assert isinstance(stream.get_final_completion().choices[0].message.parsed, Sea)


def test_json_mode(client):
    answer = client.chat.completions.create(
        model="gpt-4.1", messages=QUESTION, response_format={"type": "json_object"}
    )
    assert json.loads(answer.choices[0].message.content)["answer"].startswith("Use get_weather")


class Forecast(BaseModel):
    city: str
    days: int


def test_tool_arguments_are_parsed_by_pydantic(client):
    import openai

    answer = client.chat.completions.parse(
        model="gpt-4.1", messages=QUESTION, tools=[openai.pydantic_function_tool(Forecast)]
    )
    assert isinstance(answer.choices[0].message.tool_calls[0].function.parsed_arguments, Forecast)
