"""As `tiny`: a finder of regions, and a colourist."""

from pathlib import Path


def save_grounding(folder: Path) -> None:
    """Grounding DINO with its tokenizer, and Segment Anything beside it."""
    import torch
    from transformers import (
        BertConfig,
        BertTokenizerFast,
        GroundingDinoConfig,
        GroundingDinoForObjectDetection,
        SamConfig,
        SamModel,
        SwinConfig,
    )

    torch.manual_seed(0)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", "?", "dog", "cat", "a"]
    BertTokenizerFast(vocab={word: number for number, word in enumerate(words)}).save_pretrained(
        folder / "detector"
    )
    detector = GroundingDinoConfig(
        backbone_config=SwinConfig(
            image_size=32,
            embed_dim=8,
            depths=[1, 1, 1, 1],
            num_heads=[1, 1, 2, 2],
            window_size=4,
            out_features=["stage2", "stage3", "stage4"],
        ),
        text_config=BertConfig(
            vocab_size=len(words),
            hidden_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=16,
            max_position_embeddings=64,
        ),
        d_model=32,
        encoder_layers=1,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=16,
        decoder_ffn_dim=16,
        num_queries=10,
    )
    GroundingDinoForObjectDetection(detector).eval().save_pretrained(folder / "detector")
    drawer = SamConfig(
        vision_config={
            "hidden_size": 16,
            "output_channels": 8,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "image_size": 64,
            "patch_size": 16,
            "window_size": 2,
            "global_attn_indexes": [1],
            "mlp_dim": 16,
            "num_pos_feats": 4,
        },
        prompt_encoder_config={
            "hidden_size": 8,
            "image_size": 64,
            "patch_size": 16,
            "image_embedding_size": 4,
            "mask_input_channels": 4,
        },
        mask_decoder_config={
            "hidden_size": 8,
            "mlp_dim": 16,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "iou_head_hidden_dim": 8,
            "iou_head_depth": 2,
        },
    )
    SamModel(drawer).eval().save_pretrained(folder / "drawer")


def save_ddcolor(path: Path) -> None:
    """DDColor with its smallest encoder."""
    import torch
    from spandrel_extra_arches.architectures.DDColor import DDColor

    torch.manual_seed(0)
    path.parent.mkdir(parents=True, exist_ok=True)
    network = DDColor(
        encoder_name="convnext-t",
        num_output_channels=2,
        last_norm="Spectral",
        nf=512,
        num_queries=4,
        dec_layers=3,
    )
    torch.save({"params": network.state_dict()}, path)
