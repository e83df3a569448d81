"""How long things take: a setting of a phase shifter, a shot in training, an inference."""

from compiler.budget_numbers import stated, value
from compiler.budget_parts import RISE_TIMES_BANDWIDTH, Delay, settle_ns
from pdk.contract import Pdk


def setting_ns(pdk: Pdk) -> float:
    """Time in which a phase shifter settles to half a step of its DAC: a heater's own, or of an electrode's driver,
    which first has to charge it over its whole range."""
    if pdk.drive.kind == "electro-optic":
        charge_pc = (stated("shifter_capacitance_pf", pdk) + value("electrode_wiring_pf")) * pdk.drive.limit
        return charge_pc / value("electrode_driver_ma") + settle_ns(
            value("electrode_driver_bandwidth_ghz"), value("converter_bits")
        )
    return settle_ns(pdk.value("heater_bandwidth_khz") * 1e-6, value("converter_bits"))


def bandwidths_ghz(pdk: Pdk) -> tuple[float, float]:
    """Noise bandwidths of receivers in training and in inference; of a camera half its frame rate in both."""
    if pdk.camera:
        half = stated("camera_frame_hz", pdk) / 2 * 1e-9
        return half, half
    return value("training_bandwidth_ghz"), value("inference_bandwidth_ghz")


def shot_ns(pdk: Pdk) -> float:
    """Time of a shot in training: what is slowest of receiver and modulator, or a frame of the camera."""
    return max(_read_ns(pdk, value("training_bandwidth_ghz")), _modulator_ns(pdk))


def inference_ns(pdk: Pdk) -> float:
    """Time from one answer to the next."""
    return max(_read_ns(pdk, value("inference_bandwidth_ghz")), _modulator_ns(pdk))


def modulator_rise(block: str, pdk: Pdk) -> Delay:
    """From a modulator's order to its light."""
    return Delay(block, "modulator", RISE_TIMES_BANDWIDTH / pdk.value("modulator_bandwidth_ghz"))


def receiver_rise(block: str, pdk: Pdk, name: str = "receiver", stages: int = 1) -> Delay:
    """From light to what an amplifier makes of it, through some stages of its bandwidth; or a frame of the camera."""
    if pdk.camera:
        return Delay(block, "camera", _frame_ns(pdk))
    return Delay(block, name, stages * RISE_TIMES_BANDWIDTH / value("inference_bandwidth_ghz"))


def converter(block: str, pdk: Pdk) -> tuple[Delay, ...]:
    """From there to a number; a camera's frame ends with it."""
    return () if pdk.camera else (Delay(block, "ADC", value("adc_ns")),)


def _read_ns(pdk: Pdk, bandwidth_ghz: float) -> float:
    return _frame_ns(pdk) if pdk.camera else settle_ns(bandwidth_ghz, value("converter_bits"))


def _modulator_ns(pdk: Pdk) -> float:
    return settle_ns(pdk.value("modulator_bandwidth_ghz"), value("converter_bits"))


def _frame_ns(pdk: Pdk) -> float:
    return 1e9 / stated("camera_frame_hz", pdk)
